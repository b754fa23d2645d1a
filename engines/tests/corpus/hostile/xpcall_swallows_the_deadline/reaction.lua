function process(data)
  local seen
  xpcall(function()
    while true do end
  end, function(fault)
    seen = type(fault)
    DataSet('seen', seen)
    Info('handled ' .. seen)
  end)
  while true do end
end
