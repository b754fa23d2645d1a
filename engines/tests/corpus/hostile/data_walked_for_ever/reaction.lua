local function walk(value)
  if type(value) == 'table' then
    for _, each in pairs(value) do walk(each) end
  end
end

function process(data)
  while true do walk(data) end
end
