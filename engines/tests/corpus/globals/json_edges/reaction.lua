local function tell(text)
  Info(pcall(json.decode, text) and 'read' or 'refused')
end

function process()
  tell('1e309')
  tell('"\\ud800"')
  tell(string.rep('[', 128) .. string.rep(']', 128))
  tell('1e308')
  tell('"\\ud83d\\ude00"')
  tell(string.rep('[', 127) .. string.rep(']', 127))
end
