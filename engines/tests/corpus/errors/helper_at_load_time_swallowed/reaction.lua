pcall(DataSet, 'loaded', 'yes')

function process(data)
  Info('never')
end
