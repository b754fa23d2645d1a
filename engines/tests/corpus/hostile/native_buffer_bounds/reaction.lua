function process(data)
  if not buffer then Info('0 wrong') return end
  local held = buffer.create(16)
  local wrong = 0
  for _, at in ipairs({-1, 16, 13, 2147483647, -2147483648, 4294967296, 1e300, 0 / 0, 1 / 0}) do
    if pcall(buffer.readi32, held, at) and at ~= 4294967296 and at == at and at < 1e300 then wrong = wrong + 1 end
    pcall(buffer.writef64, held, at, 1)
    pcall(buffer.readstring, held, 0, at)
    pcall(buffer.writestring, held, at, 'xxxxxxxxxxxxxxxxxxxxxxxx')
    pcall(buffer.copy, held, at, held, 0, 16)
    pcall(buffer.fill, held, at, 1, 16)
    pcall(buffer.writestring, held, 0, 'x', at)
  end
  Info(wrong .. ' wrong')
end
