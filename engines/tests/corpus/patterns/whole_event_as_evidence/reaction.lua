local function same(a, b)
  if type(a) ~= 'table' or type(b) ~= 'table' then return a == b end
  for key, value in pairs(a) do
    if not same(value, b[key]) then return false end
  end
  for key in pairs(b) do
    if a[key] == nil then return false end
  end
  return true
end

function process(data)
  local folder = CreateTempDir('audit-evidence-*')
  local text = json.encode(data, 2)
  WriteFile(folder .. '/event.json', text)
  local back = json.decode(ReadFile(folder .. '/event.json'))
  Info(tostring(same(back, data)) .. ' ' .. tostring(#text > #json.encode(data)))
end
