function process(data)
  Info('[' .. Errno() .. ']')
  DataSet()
end
