function process(data)
  local n = data.n
  Info(string.format('%d %d %d %s %d', n.most, n.least, n.whole, tostring(n.half), n.zero))
  Info('{"whole":' .. json.encode(n.whole) .. ',"half":' .. json.encode(n.half) .. '}')
end
