function process(data)
  Info(DataSet('k', 'v') .. ' ' .. Errno())
end
