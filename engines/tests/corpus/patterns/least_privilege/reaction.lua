function process(data)
  if data.metadata and data.metadata.importance == 'critical' then
    if KillCurrent() == 0 then Info('threat ended') end
  else
    Warn('suspicious: ' .. data.process.cmd)
    DataSet('suspicious_' .. string.format('%d', NowMillis()), json.encode({ process = data.process.cmd, timestamp = Now() }))
  end
end
