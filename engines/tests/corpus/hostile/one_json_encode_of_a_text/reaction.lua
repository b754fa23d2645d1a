function process(data)
  json.encode(string.rep('\1', 10000000))
end
