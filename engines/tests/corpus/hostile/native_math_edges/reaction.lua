function process(data)
  local wrong = 0
  for _, arguments in ipairs({{0}, {1, 0}, {-2147483648, 2147483647}, {1e300, -1e300}, {0 / 0}, {1, 2, 3}, {2 ^ 53, 2 ^ 53}}) do
    pcall(math.random, arguments[1], arguments[2])
  end
  for _, name in ipairs({'floor', 'ceil', 'fmod', 'modf', 'ldexp', 'frexp', 'noise', 'clamp', 'round', 'map', 'lerp', 'sqrt', 'exp', 'pow'}) do
    local f = math[name]
    if f then
      for _, x in ipairs({0 / 0, 1 / 0, -1 / 0, 2 ^ 1023, -0.0}) do
        pcall(f, x)
        pcall(f, x, x)
        pcall(f, x, x, x)
        pcall(f, x, 0, x, x, x)
      end
    end
  end
  Info('math ' .. wrong)
end
