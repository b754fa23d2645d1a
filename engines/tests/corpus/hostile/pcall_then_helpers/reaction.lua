function process(data)
  pcall(function()
    while true do end
  end)
  Info('caught')
  DataSet('after', 'yes')
end
