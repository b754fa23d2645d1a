function process(data)
  local back = json.decode('{' .. string.rep('"a":1,', 1000000) .. '"a":2}')
  if back.a ~= 2 then error('odd') end
end
