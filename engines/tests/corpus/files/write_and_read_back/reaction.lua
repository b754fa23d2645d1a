function process(data)
  local path = data.dir .. '/new.txt'
  Info(WriteFile(path, 'content') .. ' ' .. ReadFile(path))
  local stat = Stat(path)
  Info(stat.size .. ' ' .. stat.mode .. ' ' .. tostring(stat.isDir) .. ' ' .. stat.modTime)
  Info(WriteFile(path, 'other') .. ' ' .. ReadFile(path))
  Info('[' .. Errno() .. ']')
end
