function process(data)
  DataSet('k', 'v')
  Info('said')
  CreateTempDir()
  error('after')
end
