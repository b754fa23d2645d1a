function process(data)
  local function endless()
    while true do end
  end
  Info(json.encode(setmetatable({ a = 1 }, { __index = endless, __len = endless, __pairs = endless, __ipairs = endless, __iter = endless, __tostring = endless, __tojson = endless })))
end
