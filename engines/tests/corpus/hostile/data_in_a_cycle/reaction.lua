function process(data)
  data.self = data
  json.encode(data)
end
