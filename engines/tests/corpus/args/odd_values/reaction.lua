function process(data)
  Info(DataSet('k', coroutine.create(process)) .. ' ' .. Errno())
  Info(DataSet('k', data.process) .. ' ' .. Errno())
  Info(DataSet('k', function() return 'v' end) .. ' ' .. Errno())
  Info(DataSet('k', nil) .. ' ' .. Errno())
end
