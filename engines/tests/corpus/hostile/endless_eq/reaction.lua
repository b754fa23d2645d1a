local function endless()
  while true do end
end

function process(data)
  local odd = setmetatable({}, { __eq = endless })
  local other = setmetatable({}, getmetatable(odd))
  while true do
    pcall(function()
      return odd == other
    end)
  end
end
