local function endless()
  while true do end
end

function process(data)
  local odd = setmetatable({}, { __index = endless })
  local other = setmetatable({}, getmetatable(odd))
  while true do
    pcall(function()
      return odd.field
    end)
  end
end
