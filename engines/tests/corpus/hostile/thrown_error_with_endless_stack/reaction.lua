function process(data)
  local function endless()
    while true do end
  end
  error(setmetatable({}, { __index = endless, __tostring = endless, __concat = endless, __len = endless, __call = endless, __eq = endless, __pairs = endless, __iter = endless, __name = 'odd' }))
end
