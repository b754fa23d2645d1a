function process(data)
  Info(table.concat({json.encode(data.custom), math.max(1, 3), string.upper('ab'), table.concat({'x', 'y'}, ','), tostring(type(next) == 'function')}, ' '))
  local hijack = function() return 'hijacked' end
  for _, library in ipairs({json, math, string, table, coroutine}) do
    for key in pairs(library) do
      pcall(rawset, library, key, hijack)
      pcall(function() library[key] = nil end)
    end
  end
  json = { encode = hijack, decode = hijack }
  math = nil
  string = { upper = hijack }
  table = {}
  next, type, tostring, ipairs = hijack, hijack, hijack, nil
end
