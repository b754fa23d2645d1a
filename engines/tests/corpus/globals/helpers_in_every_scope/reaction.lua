function process(data)
  local function say(text) Info(text) end
  say('function')
  coroutine.wrap(function() Info('coroutine') end)()
  string.gsub('a', 'a', function() Info('gsub') end)
  local said = false
  table.sort({2, 1}, function(a, b)
    if not said then Info('sort') end
    said = true
    return a < b
  end)
  local _ = setmetatable({}, { __index = function() Info('index') end }).x
  xpcall(error, function() Info('handler') end, 'x')
  _G.Info('global')
  Info(DataIncr('n'))
end
