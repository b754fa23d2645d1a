local function endless()
  while true do end
end

function process(data)
  local odd = setmetatable({}, { __mul = endless })
  local other = setmetatable({}, getmetatable(odd))
  while true do
    pcall(function()
      return 2 * odd
    end)
  end
end
