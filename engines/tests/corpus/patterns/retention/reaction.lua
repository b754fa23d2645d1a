local DAYS = 7
local MONTHS = { Jan = 1, Feb = 2, Mar = 3, Apr = 4, May = 5, Jun = 6, Jul = 7, Aug = 8, Sep = 9, Oct = 10, Nov = 11, Dec = 12 }

function process(data)
  local key = 'events_' .. os.date('!%a %b %d %Y')
  DataSet(key, tostring((tonumber(DataGet(key)) or 0) + 1))
  local cutoff = os.time() - DAYS * 86400
  for _, each in ipairs(json.decode(DataKeys())) do
    local month, day, year = string.match(each, '^events_%a+ (%a+) (%d+) (%d+)$')
    if month and os.time({ year = tonumber(year), month = MONTHS[month], day = tonumber(day), hour = 0 }) < cutoff then
      DataDelete(each)
      Info('removed ' .. each)
    end
  end
  Info(table.concat(json.decode(DataKeys()), ','))
end
