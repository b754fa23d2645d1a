function process(data)
  local stop = os.clock() + 1000
  while os.clock() < stop do end
end
