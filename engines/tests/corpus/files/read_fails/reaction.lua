local function tell(path)
  Info('[' .. ReadFile(path) .. '] ' .. Errno())
end

function process(data)
  tell(data.dir .. '/absent')
  tell(data.dir .. '/none/x')
  tell(data.dir .. '/fits/x')
  tell(data.dir .. '/sub')
  tell(data.dir .. '/pipe')
  tell('/dev/null')
  tell(data.dir .. '/big')
  Info(#ReadFile(data.dir .. '/fits'))
  Info(#ReadFile(data.dir .. '/link'))
end
