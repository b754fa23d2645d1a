function process(data)
  pcall(setmetatable, _G, getmetatable(''))
  pcall(setmetatable, string, table)
  pcall(setmetatable, table, { __index = string })
  pcall(setmetatable, data, nil)
  pcall(setmetatable, data.process, { __index = data })
  return data.process.comm
end
