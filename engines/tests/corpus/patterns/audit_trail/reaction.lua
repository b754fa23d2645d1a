local function record_of(data)
  return {
    timestamp = Now(),
    reaction = name,
    kind = kind,
    event = uuid,
    metadata = { importance = data.metadata.importance, tactic = data.metadata.tactic, technique = data.metadata.technique },
    accessed = {},
    taken = {},
  }
end

function process(data)
  local record = record_of(data)
  local done, fault = pcall(function()
    if data.process then table.insert(record.accessed, 'process') end
    if data.file then table.insert(record.accessed, 'file') end
    if data.background and data.background.flows then table.insert(record.accessed, 'flows') end
    if data.metadata.importance == 'critical' then
      local result = KillCurrent()
      table.insert(record.taken, { action = 'kill', result = result == 0 and 'success' or 'failed', error = result ~= 0 and Errno() or nil })
    end
    record.status = 'completed'
  end)
  if not done then
    record.status = 'failed'
    record.error = tostring(fault)
  end
  local path = data.dir .. '/audit.log'
  AppendFile(path, json.encode(record) .. '\n')
  -- A table of Lua has no order of its own: the record as it is stored is written field by field.
  local taken = record.taken[1]
  DataSet('audit_' .. uuid, string.format('{"timestamp":%s,"reaction":%s,"kind":%s,"event":%s,"metadata":{"importance":%s,"tactic":%s,"technique":%s},"accessed":%s,"taken":[{"action":%s,"result":%s,"error":%s}],"status":%s}',
    json.encode(record.timestamp), json.encode(record.reaction), json.encode(record.kind), json.encode(record.event),
    json.encode(record.metadata.importance), json.encode(record.metadata.tactic), json.encode(record.metadata.technique),
    json.encode(record.accessed), json.encode(taken.action), json.encode(taken.result), json.encode(taken.error), json.encode(record.status)))
  local _, lines = string.gsub(ReadFile(path), '[^\n]+', '')
  Info(lines .. ' line, ' .. json.decode(ReadFile(path)).status)
end
