function process(data)
  local a, b = string.rep('a', 5000000), string.rep('b', 2000000)
  while true do
    local c = a .. b; c = b .. a; c = a .. b; c = b .. a; c = a .. b; c = b .. a; c = a .. b; c = b .. a
    c = a .. b; c = b .. a; c = a .. b; c = b .. a; c = a .. b; c = b .. a; c = a .. b; c = b .. a
  end
end
