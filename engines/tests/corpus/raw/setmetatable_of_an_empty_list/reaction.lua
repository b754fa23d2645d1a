function process(data)
  local before = json.encode(setmetatable(data.custom.empty, {}))
  setmetatable(data.custom.empty, nil)
  Info(before .. ' ' .. json.encode(data.custom.empty))
end
