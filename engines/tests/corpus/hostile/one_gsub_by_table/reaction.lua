function process(data)
  string.gsub(string.rep('a', 5000000), 'a', setmetatable({}, { __index = function(_, key) return key end }))
end
