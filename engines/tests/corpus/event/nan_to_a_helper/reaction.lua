function process(data)
  Info(DataSet('k', 0 / 0) .. ' ' .. Errno())
  local count = DataIncr('n', 1 / 0)
  Info((count == nil and 'null' or count) .. ' ' .. Errno())
  Info(DataIncr('n', 2.0))
end
