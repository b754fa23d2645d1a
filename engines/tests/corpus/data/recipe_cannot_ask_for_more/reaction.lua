function process(data)
  Info(DataSet('k', 'v'))
end
