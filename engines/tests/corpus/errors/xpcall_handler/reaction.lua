function process(data)
  local done, told = xpcall(function() error('broken') end, function(fault)
    return 'handled ' .. tostring(string.find(fault, ':2: broken$') ~= nil)
  end)
  Info(tostring(done) .. ' ' .. told)
  local fine, a, b = xpcall(function(...) return ... end, error, 1, 2)
  Info(tostring(fine) .. ' ' .. a .. ' ' .. b)
end
