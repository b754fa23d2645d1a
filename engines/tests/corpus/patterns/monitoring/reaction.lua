local function work(data)
  if data.process.comm == 'bad' then data.process.nothing.more() end
end

local function count(key)
  local n = (tonumber(DataGet(key)) or 0) + 1
  DataSet(key, tostring(n))
  return n
end

function process(data)
  local start = NowMillis()
  local done, fault = pcall(work, data)
  if done then
    count('successes')
  else
    local failures = count('failures')
    Error('failed: ' .. string.match(fault, ':2: (attempt to index %a+)'))
    local total = tonumber(DataGet('successes')) + 1
    if failures / total > 0.1 then Error('failure rate ' .. total / (failures + total)) end
  end
  local took = NowMillis() - start
  local average = tonumber(DataGet('average')) or 0
  DataSet('average', tostring(average * 0.9 + took * 0.1))
end
