function process(data)
  local done = pcall(error, 'first')
  if not done then error('second') end
end
