function process(data)
  Info('one')
  pcall(Info, 'two')
  return 'fine'
end
