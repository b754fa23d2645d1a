local function has(object, wanted)
  for key in pairs(object) do
    if key == wanted then return true end
  end
  return false
end

function process(data)
  local flow = data.flow
  Info(tostring(flow.properties.egress) .. ' ' .. tostring(flow.properties ~= nil))
  Info(flow.settings.direction .. ' ' .. tostring(flow.settings ~= nil))
  Info(tostring(has(flow, 'properties') or has(flow, 'settings')))
  Info(tostring(has(data.background, 'flow_list')))
end
