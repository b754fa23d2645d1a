-- Six ways that dialects of Lua have to make code of a text; a way that is not there is refused.
local function attempt(make)
  local done, made = pcall(make)
  if done and (type(made) == 'function' or made == 2) then return 'made' end
  return 'refused'
end

function process(data)
  Info(table.concat({
    attempt(function() return load('return 1 + 1') end),
    attempt(function() return loadstring('return 1 + 1') end),
    attempt(function() return load(function() return nil end) end),
    attempt(function() return loadfile('/etc/hostname') end),
    attempt(function() return dofile('/etc/hostname') end),
    attempt(function() return string.dump(process) end),
  }, ' '))
end
