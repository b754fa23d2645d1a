function process(data)
  for _, each in ipairs({'a', 'b'}) do pcall(Info, each) end
  DataSet('k', 'x')
  local get = DataGet
  Info('[' .. get('k') .. ']')
end
