function process(data)
  while math.random() ~= 2 do end
end
