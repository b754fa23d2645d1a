local PATTERNS = {'wget', 'curl', 'nc ', 'bash -i'}

local function suspicious(cmd)
  for _, pattern in ipairs(PATTERNS) do
    if string.find(cmd, pattern, 1, true) then return true end
  end
  return false
end

function process(data)
  local cmd = data.process and data.process.cmd or ''
  local file = data.file and data.file.basename or ''
  if cmd == '' and file == '' then
    Info('nothing to act on')
    return
  end
  if not suspicious(cmd) then return end
  DataSet('last', Now())
  local count = (tonumber(DataGet('count')) or 0) + 1
  DataSet('count', tostring(count))
  Info('suspicious ' .. cmd .. ', count ' .. count)
  if count > 1 then Warn('escalating ' .. NetBlockIp()) end
end
