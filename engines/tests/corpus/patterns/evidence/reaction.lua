function process(data)
  local folder = CreateTempDir('incident-*')
  if folder == '' or string.sub(folder, 1, 5) ~= '/tmp/' then
    Error('no folder for evidence: ' .. Errno())
    return
  end
  local evidence = {
    timestamp = Now(),
    event = uuid,
    process = data.process and data.process.exe or 'unknown',
    file = data.file and data.file.basename or 'unknown',
  }
  local path = folder .. '/evidence.json'
  if WriteFile(path, json.encode(evidence, 2)) == 0 then
    Info('evidence kept')
  else
    Error('no evidence: ' .. Errno())
  end
  local back = json.decode(ReadFile(path))
  Info(table.concat({tostring(back.timestamp == '2026-01-01T00:00:00.000Z'), back.event, back.process, back.file, tostring(string.find(ReadFile(path), 'password', 1, true) ~= nil)}, ' '))
end
