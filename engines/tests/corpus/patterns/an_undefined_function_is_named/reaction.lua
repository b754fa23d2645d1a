local VERSION = '2.1.0'

function process(data)
  local done, fault = pcall(function()
    executeProductionLogic(data)
  end)
  if not done then
    Error('no implementation')
    local record = { version = VERSION, error = tostring(fault), event = uuid, summary = { process = data.process ~= nil, file = data.file ~= nil, type = kind } }
    WriteFile('/var/log/reactant-absent/errors.log', json.encode(record) .. '\n')
    Info('recorded ' .. tostring(string.find(record.error, '^[^\n]*:5: ') ~= nil))
  end
end
