function process(data)
  local done, message = pcall(function()
    error('broken', 0)
  end)
  if not done then Info('caught ' .. message) end
  Info('cleaned')
end
