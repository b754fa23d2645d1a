function process(data)
  local object = {}
  for _ = 1, 50000 do object = { inner = object } end
  json.encode(object)
end
