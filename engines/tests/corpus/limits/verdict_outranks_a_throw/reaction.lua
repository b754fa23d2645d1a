function process(data)
  pcall(function()
    while true do end
  end)
  error('mine')
end
