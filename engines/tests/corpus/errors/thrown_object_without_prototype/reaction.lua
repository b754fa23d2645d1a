function process(data)
  error(setmetatable({}, { __metatable = false, __index = false, __tostring = false }))
end
