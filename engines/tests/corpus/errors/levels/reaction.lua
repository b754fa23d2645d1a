local function check(value)
  if value == nil then error('blamed', 2) end
end

function process(data)
  check(data.absent)
end
