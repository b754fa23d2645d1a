function process(data)
  local first = string.gsub('$a', '%$(%w+)', data.custom)
  local second = string.gsub('x', '%w', data.custom.deep.inner)
  Info(first .. ' ? ' .. second)
end
