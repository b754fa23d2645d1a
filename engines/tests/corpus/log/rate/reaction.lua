function process(data)
  if data.timestamp == '2026-01-01T00:00:00Z' then
    for n = 0, 1004 do Info(n) end
  else
    Info('again')
  end
end
