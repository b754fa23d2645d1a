local function endless()
  while true do end
end

function process(data)
  local odd = setmetatable({}, { __div = endless })
  local other = setmetatable({}, getmetatable(odd))
  while true do
    pcall(function()
      return odd / 2
    end)
  end
end
