function process(data)
  local base = data.base
  Info(table.concat({base.uuid, base.timestamp, base.note, base.background.ancestry[1].pid, base.score, base.scenario}, ' '))
  Info('attenuator ' .. tostring(base.attenuator ~= nil) .. ', process ' .. tostring(base.process ~= nil))
  Info(tostring(json.encode(base.background) == json.encode(data.background)))
end
