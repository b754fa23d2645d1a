function process(data)
  Info('before')
  DataFrobnicate('k')
end
