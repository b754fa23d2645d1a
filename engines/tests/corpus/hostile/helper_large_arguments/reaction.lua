function process(data)
  local text = string.rep('x', 300000)
  while true do DataSet('k', text) end
end
