function process(data)
  local nested = data.custom.nested
  Info(json.encode(nested))
  if #nested ~= 5 or #nested[1] ~= 0 or #nested[2][1] ~= 0 or next(nested[4]) ~= nil or nested[5][1][2][1] ~= 2 then error('odd') end
  Info(json.encode(json.decode(json.encode(nested))))
  Info(json.encode(nested[1]) .. ' ' .. json.encode(nested[5][2].k) .. ' ' .. json.encode(nested[4]))
  table.remove(data.custom.one)
  Info(json.encode(data.custom.one))
end
