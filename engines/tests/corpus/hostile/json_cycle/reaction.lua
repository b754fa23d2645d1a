function process(data)
  local object = {}
  object.self = object
  json.encode(object)
end
