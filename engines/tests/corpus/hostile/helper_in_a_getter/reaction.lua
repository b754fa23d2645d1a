function process(data)
  local odd = setmetatable({}, {
    __index = function(_, key) return DataGet(key) end,
    __tostring = function() return DataGet('k') end,
    __len = function() return DataSize() end,
    __concat = function() return DataKeys() end,
    __call = function() return DataSize() end,
  })
  local list = {3, 1, 2}
  table.sort(list, function(a, b) return DataSize() < 0 and a < b end)
  string.gsub('abc', 'b', function() return DataGet('k') end)
  string.gsub('abc', 'b', odd)
  local text = odd.key .. tostring(odd) .. (odd .. 'x') .. odd()
  return text .. #odd
end
