local function walk(value)
  if type(value) == 'table' then
    for _, each in pairs(value) do walk(each) end
  end
end

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
  local untouched = json.encode(data)
  walk(data)
  local walked = json.encode(data)
  local parsed = json.decode(untouched)
  Info(table.concat({tostring(untouched == walked), tostring(same(parsed, data)), tostring(same(json.decode(json.encode(data, 2)), json.decode(json.encode(parsed, 2))))}, ' '))
  Info(table.concat({parsed.uuid, parsed.process.comm, parsed.flow.remote.port, #parsed.background.ancestry}, ' '))
end
