function process(data)
  pcall(function()
    Info('1')
    Info('2')
    Info('3')
  end)
  while true do end
end
