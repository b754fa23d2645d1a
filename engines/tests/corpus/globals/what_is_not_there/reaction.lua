local NAMES = {'require', 'module', 'package', 'io', 'dofile', 'loadfile', 'load', 'loadstring', 'print', 'ffi', 'jit', 'getfenv', 'setfenv', 'newproxy', 'gcinfo', '_VERSION_', 'arg'}

function process(data)
  local found = {}
  for _, each in ipairs(NAMES) do
    if _G[each] ~= nil then table.insert(found, each) end
  end
  for _, each in ipairs({'execute', 'exit', 'getenv', 'remove', 'rename', 'tmpname', 'setlocale'}) do
    if os ~= nil and os[each] ~= nil then table.insert(found, 'os.' .. each) end
  end
  for _, each in ipairs({'getinfo', 'getregistry', 'sethook', 'setlocal', 'setmetatable', 'setupvalue', 'getupvalue', 'getlocal', 'getmetatable', 'info'}) do
    if debug ~= nil and debug[each] ~= nil then table.insert(found, 'debug.' .. each) end
  end
  if string.dump ~= nil then table.insert(found, 'string.dump') end
  Info(table.concat(found, ' '))
end
