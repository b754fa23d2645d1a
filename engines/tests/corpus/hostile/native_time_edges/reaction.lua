function process(data)
  for _, at in ipairs({0, -1, 2 ^ 31, 2 ^ 53, -2 ^ 53, 1e300, -1e300, 1 / 0, 0 / 0}) do
    for _, format in ipairs({'%c', '!%c', '*t', '!*t', '%', '%Ez', '%!', '\0', string.rep('%Y', 100)}) do pcall(os.date, format, at) end
    pcall(os.time, { year = at, month = at, day = at, hour = at, min = at, sec = at })
    pcall(os.time, { year = 2026, month = at, day = 1 })
    pcall(os.difftime, at, at)
  end
  Info('timed')
end
