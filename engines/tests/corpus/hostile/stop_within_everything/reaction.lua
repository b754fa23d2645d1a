function process()
  local function spin() while true do end end
  local ways = {
    function() table.sort({ 3, 2, 1 }, spin) end,
    function() string.gsub('abc', '.', spin) end,
    function() string.gsub('abc', '.', setmetatable({}, { __index = spin })) end,
    function() string.format('%s', setmetatable({}, { __tostring = spin })) end,
    function() tostring(setmetatable({}, { __tostring = spin })) end,
    function() return #setmetatable({}, { __len = spin }) end,
    function() return setmetatable({}, { __concat = spin }) .. 'x' end,
    function() return setmetatable({}, { __index = spin }).x end,
    function() setmetatable({}, { __newindex = spin }).x = 1 end,
    function() return -setmetatable({}, { __unm = spin }) end,
    function() setmetatable({}, { __call = spin })() end,
    function() return setmetatable({}, { __eq = spin }) == setmetatable({}, { __eq = spin }) end,
    function() return setmetatable({}, { __lt = spin }) < setmetatable({}, { __lt = spin }) end,
    function() for _ in spin do end end,
    function() for _ in pairs(setmetatable({}, { __pairs = spin })) do end spin() end,
    function() xpcall(error, spin) end,
    function() coroutine.wrap(spin)() end,
    function() coroutine.resume(coroutine.create(spin)) end,
  }
  local nested = {}
  for at, way in ipairs(ways) do
    nested[at] = function()
      return xpcall(coroutine.wrap(function() return pcall(way) end), function() return way() end)
    end
  end
  local at = 0
  while true do
    at = at % #nested + 1
    pcall(nested[(os.time() + at) % #nested + 1])
  end
end
