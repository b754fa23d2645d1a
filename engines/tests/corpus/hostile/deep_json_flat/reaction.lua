local function flatten(list, into)
  for _, each in ipairs(list) do
    if type(each) == 'table' then flatten(each, into) else table.insert(into, each) end
  end
  return into
end

function process(data)
  local list = {}
  for _ = 1, 50000 do list = {list} end
  flatten(list, {})
end
