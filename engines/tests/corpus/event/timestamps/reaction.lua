-- A timestamp as JavaScript's toISOString gives it: in UTC, with three digits of a second.
local function iso(text)
  local day, time, fraction = string.match(text, '^(%d%d%d%d%-%d%d%-%d%d)T(%d%d:%d%d:%d%d)%.?(%d*)Z$')
  return day .. 'T' .. time .. '.' .. string.sub(fraction .. '000', 1, 3) .. 'Z'
end

function process(data)
  Info(iso(data.timestamp))
  Info(tostring(not not data.process.exit))
end
