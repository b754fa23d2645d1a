function process(data)
  local file = Stat(data.dir .. '/a.txt')
  local timed = string.find(file.modTime, '^%d%d%d%d%-%d%d%-%d%dT%d%d:%d%d:%d%d%.?%d*Z$') ~= nil
  Info(file.size .. ' ' .. file.mode .. ' ' .. tostring(file.isDir) .. ' ' .. tostring(timed))
  local folder = Stat(data.dir .. '/sub')
  Info(folder.mode .. ' ' .. tostring(folder.isDir))
  Info((Stat(data.dir .. '/absent') == nil and 'null' or 'there') .. ' ' .. Errno())
  local keys = {}
  for key in pairs(file) do table.insert(keys, key) end
  table.sort(keys)
  Info(table.concat(keys, ','))
end
