local function endless()
  while true do end
end

function process(data)
  local odd = setmetatable({}, { __add = endless })
  local other = setmetatable({}, getmetatable(odd))
  while true do
    pcall(function()
      return odd + 1
    end)
  end
end
