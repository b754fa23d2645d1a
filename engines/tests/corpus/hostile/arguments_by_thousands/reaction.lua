function process(data)
  local unpack = table.unpack or unpack
  local many = {}
  for n = 1, 7990 do many[n] = n end
  local functions = { next, pairs, ipairs, rawget, rawlen or type, rawequal, select, getmetatable, setmetatable, tostring, type, unpack,
    table.concat, table.insert, table.remove, table.sort, table.move, json.encode, json.decode, string.rep, string.find, string.gsub,
    string.format, coroutine.wrap, coroutine.resume, xpcall, pcall, error, DataSet, DataGet, Info }
  for at = 1, 31 do
    for count = 7890, 7990, 3 do
      pcall(functions[at] or type, data.custom, unpack(many, 1, count))
    end
  end
  for key in pairs(data.custom) do
    if type(key) ~= 'string' then error('a key of the host: ' .. tostring(key)) end
  end
  local text = json.encode(data.custom.deep)
  if text ~= '{"inner":[1,2]}' then error(text) end
end
