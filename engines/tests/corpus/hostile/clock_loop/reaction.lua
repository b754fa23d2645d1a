function process(data)
  local stop = os.time() + 1
  while os.time() < stop do end
end
