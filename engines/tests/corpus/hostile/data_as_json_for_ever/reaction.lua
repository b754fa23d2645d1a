function process(data)
  while true do json.encode(data) end
end
