local function endless()
  while true do end
end

function process(data)
  local odd = setmetatable({}, { __call = endless })
  local other = setmetatable({}, getmetatable(odd))
  while true do
    pcall(function()
      return odd()
    end)
  end
end
