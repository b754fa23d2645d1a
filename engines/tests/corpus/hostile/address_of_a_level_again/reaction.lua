function process(data)
  local wrong = 0
  for round = 1, 20 do
    if data.custom and #data.custom.list == 3 then data.custom = nil end
    local garbage
    for n = 1, 5000 do
      garbage = { b = n, a = {n}, [tostring(n)] = {} }
      if n % 500 == 0 and json.encode(garbage) ~= string.format('{"%d":{},"a":[%d],"b":%d}', n, n, n) then wrong = wrong + 1 end
      if n % 500 == 1 and json.encode({}) ~= '{}' then wrong = wrong + 1 end
    end
  end
  Info(wrong .. ' wrong')
end
