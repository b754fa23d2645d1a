function process(data)
  while true do
    xpcall(error, function()
      while true do end
    end, 'x')
  end
end
