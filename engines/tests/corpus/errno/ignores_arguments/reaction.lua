function process(data)
  for _ = 1, 100 do Errno({}, nil) end
  Info('[' .. Errno(1) .. '] ' .. Now('x') .. ' ' .. string.format('%d', NowMillis({})))
end
