-- A timestamp as JavaScript's toISOString gives it: in UTC, with three digits of a second.
local function iso(text)
  local year, month, day, hour, min, sec, fraction, zone = string.match(text, '^(%d+)-(%d+)-(%d+)T(%d+):(%d+):(%d+)%.?(%d*)(.+)$')
  local sign, hours, minutes = string.match(zone, '^([+-])(%d%d):(%d%d)$')
  local ahead = sign and tonumber(sign .. '1') * (hours * 3600 + minutes * 60) or 0
  local seconds = os.time({year = year, month = month, day = day, hour = hour, min = min, sec = sec}) - ahead
  return os.date('!%Y-%m-%dT%H:%M:%S', seconds) .. '.' .. string.sub(fraction .. '000', 1, 3) .. 'Z'
end

function process(data)
  Info(iso(data.timestamp))
  Info(tostring(not not data.process.exit))
end
