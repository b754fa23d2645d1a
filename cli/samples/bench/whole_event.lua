-- R3: the whole event as JSON.
function process(data)
  return json.encode(data, 2)
end
