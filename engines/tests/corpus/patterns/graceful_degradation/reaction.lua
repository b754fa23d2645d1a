function process(data)
  if KillCurrent() < 0 then Warn('kill: ' .. Errno()) end
  if CreateTempDir('case-*') == '' then Warn('folder: ' .. Errno()) end
  if DataSet('k', 'v') ~= 0 then Warn('note: ' .. Errno()) end
end
