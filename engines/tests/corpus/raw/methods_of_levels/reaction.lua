local function list(...)
  local texts = {}
  for at = 1, select('#', ...) do
    texts[at] = tostring((select(at, ...)))
  end
  return table.concat(texts, ' ')
end

function process(data)
  Info(data.custom.words[1]:upper())
  local done, message = pcall(function() return data.custom.deep:inner() end)
  Info(list(done, string.find(message, 'call', 1, true) ~= nil))
  data.custom.deep.make = function(self) return 'made ' .. self.inner.x end
  Info(data.custom.deep:make())
end
