function process(data)
  local weak = setmetatable({}, { __mode = 'kv' })
  for n = 1, 10000 do weak[{}] = {n} end
  local ephemeral = setmetatable({}, { __mode = 'k' })
  for n = 1, 10000 do
    local key = {}
    ephemeral[key] = {key}
  end
  local left = 0
  for _ in pairs(weak) do left = left + 1 end
end
