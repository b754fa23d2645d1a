local function endless()
  while true do end
end

function process(data)
  local odd = setmetatable({}, { __tostring = endless })
  local other = setmetatable({}, getmetatable(odd))
  while true do
    pcall(function()
      return tostring(odd)
    end)
  end
end
