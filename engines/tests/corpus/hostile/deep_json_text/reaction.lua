function process(data)
  json.decode(string.rep('[', 1000000))
end
