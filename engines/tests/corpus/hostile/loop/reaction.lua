function process(data)
  while true do end
end
