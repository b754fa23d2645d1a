function process(data)
  local digits = string.rep('1', 100000)
  while true do
    for base = 2, 36 do tonumber(digits, base) end
    tonumber('0x' .. digits)
  end
end
