local function inner(value)
  return value.field.missing
end

local function outer(value)
  local result = inner(value)
  return result
end

function process(data)
  local result = outer({})
  return result
end
