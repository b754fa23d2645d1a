function process(data)
  xpcall(function() return data.absent.field end, function()
    while true do end
  end)
end
