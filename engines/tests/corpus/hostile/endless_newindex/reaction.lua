local function endless()
  while true do end
end

function process(data)
  local odd = setmetatable({}, { __newindex = endless })
  local other = setmetatable({}, getmetatable(odd))
  while true do
    pcall(function()
      odd.field = 1
    end)
  end
end
