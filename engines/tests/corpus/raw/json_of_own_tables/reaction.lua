function process(data)
  Info(json.encode({1, 2, 3}) .. ' ' .. json.encode({ a = 1 }) .. ' ' .. json.encode({{1}, { b = {2} }}))
  Info(json.encode({1, 1.5, -2, 1e21, 0 / 0, 1 / 0}))
  local text = 'a"b\\c\nd\1\127'
  Info(tostring(json.decode(json.encode(text)) == text))
  Info(json.encode(true) .. ' ' .. json.encode(false) .. ' ' .. json.encode(nil) .. ' ' .. json.encode('x'))
  Info(json.encode({ c = 3, a = 1, b = 2 }))
end
