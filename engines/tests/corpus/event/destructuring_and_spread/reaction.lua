-- A copy, a rest, entries, keys, presence, assignment, kind and removal, as Lua says them.
local wanted = {'pid', 'comm', 'uid'}

local function copy_of(view)
  local copy = {}
  for key, value in pairs(view) do copy[key] = value end
  return copy
end

function process(data)
  local view = data.process
  local rest = { pid = view.pid, uid = view.uid }
  local copy = copy_of(view)
  local same = true
  for key, value in pairs(view) do same = same and copy[key] == value end
  Info(view.comm .. ' ' .. json.encode(rest) .. ' ' .. tostring(same and next(copy) ~= nil))
  local entries, keys = {}, {}
  for _, each in ipairs(wanted) do
    for key, value in next, view do
      if key == each then
        table.insert(entries, key .. '=' .. value)
        table.insert(keys, key)
      end
    end
  end
  Info(table.concat(entries, ' '))
  Info(table.concat(keys, ' '))
  Info(table.concat({tostring(view.pid ~= nil), tostring(rawget(view, 'pid') ~= nil), tostring(view.absent ~= nil), tostring(rawget(view, 'uid') ~= nil)}, ' '))
  copy.pid = 8
  Info(copy.pid .. ' ' .. view.pid)
  Info(string.sub(tostring(view), 1, 5) .. ' ' .. type(view) .. ' ' .. tostring(getmetatable(view) == nil or type(getmetatable(view)) ~= 'table'))
  view.pid = nil
  local gone = rawget(view, 'pid') == nil and view.pid == nil
  for key in pairs(view) do gone = gone and key ~= 'pid' end
  Info(tostring(gone and not string.find(json.encode(view), '"pid"', 1, true)))
end
