function process(data)
  Info(DataSetTtl('text', 'v', '60') .. ' ' .. Errno())
  Info(DataSetTtl('k', 'v', 1.5) .. ' ' .. Errno())
  Info(DataSetTtl('k', 'v', 'soon') .. ' ' .. Errno())
  Info(DataSetTtl('k', 'v', 0 / 0) .. ' ' .. Errno())
  Info(DataSetTtl('k', 'v', 0) .. ' ' .. Errno())
  Info(DataSetTtl('k', 'v', -1) .. ' ' .. Errno())
  Info(DataSetTtl('k', 'v', 9007199254740991) .. ' ' .. Errno())
end
