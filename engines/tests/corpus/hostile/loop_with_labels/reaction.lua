function process(data)
  while true do
    for n = 0, 1000000000 do
      if n > 10 then break end
    end
  end
end
