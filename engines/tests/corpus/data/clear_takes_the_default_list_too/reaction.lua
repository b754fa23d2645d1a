function process(data)
  DataPush('one')
  DataSet('k', 'v')
  Info(DataClear() .. ' [' .. DataPop() .. ']')
end
