function process()
  local count = 0
  local function down(n)
    return 1 + down(n + 1)
  end
  local function again()
    count = count + 1
    xpcall(down, again, 1)
    string.gsub('xxxx', 'x', function() pcall(down, 1) end)
    local thread = coroutine.wrap(function() xpcall(down, again, 1) end)
    pcall(thread)
    while true do
      pcall(error, count)
    end
  end
  while true do
    xpcall(down, again, 1)
  end
end
