function process(data)
  local text = string.rep('\1', 5000000)
  while true do json.encode({text, text, text}) end
end
