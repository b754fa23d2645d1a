-- A timestamp as JavaScript's toISOString gives it: in UTC, with three digits of a second.
local function iso(text)
  local year, month, day, hour, minute, second, fraction, zone = string.match(text, '^(%d+)-(%d+)-(%d+)[T ](%d+):(%d+):(%d+)%.?(%d*)(.*)$')
  local at = os.time({ year = tonumber(year), month = tonumber(month), day = tonumber(day), hour = tonumber(hour), min = tonumber(minute), sec = tonumber(second) })
  local sign, hours, minutes = string.match(zone, '^([+-])(%d+):(%d+)$')
  if sign then
    local offset = tonumber(hours) * 3600 + tonumber(minutes) * 60
    at = sign == '+' and at - offset or at + offset
  end
  return os.date('!%Y-%m-%dT%H:%M:%S', at) .. '.' .. string.sub(fraction .. '000', 1, 3) .. 'Z'
end

function process(data)
  Info(iso(data.timestamp))
  Info(tostring(not not data.process.exit))
end
