function process(data)
  local done, fault = pcall(function()
    error('first')
  end)
  Info('cleaned')
  if not done then error(fault, 0) end
end
