function process(data)
  local function has(name)
    return name .. ' ' .. tostring(data[name] ~= nil)
  end
  Info(table.concat({has('process'), has('metadata'), has('background'), has('base')}, ', ') .. ', ancestry ' .. #data.background.ancestry)
  Info(table.concat({has('file'), has('flow'), 'flows ' .. tostring(data.background.flows ~= nil), 'files ' .. tostring(data.background.files ~= nil), has('containers')}, ', '))
  Info(data.event_type .. ' ' .. kind .. ' ' .. name)
end
