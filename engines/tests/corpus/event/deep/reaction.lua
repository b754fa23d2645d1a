function process(data)
  local depth = 0
  local at = data.custom
  while at['in'] ~= nil do
    at = at['in']
    depth = depth + 1
  end
  Info(depth .. ' ' .. at['end'])
end
