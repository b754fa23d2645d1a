function process(data)
  local dir = data.dir
  Info(WriteFile(dir .. '/none/x', 'y') .. ' ' .. Errno())
  Info(WriteFile(dir .. '/sub', 'y') .. ' ' .. Errno())
  Info(WriteFile(dir .. '/pipe', 'y') .. ' ' .. Errno())
  Info(WriteFile(dir .. '/link', 'y') .. ' ' .. Errno())
  Info(AppendFile(dir .. '/link', 'y') .. ' ' .. Errno())
  Info(WriteFile(dir .. '/target/x', 'y') .. ' ' .. Errno())
  Info(WriteFile('/proc/self/comm', 'y') .. ' ' .. Errno())
  Info(AppendFile('/sys/x', 'y') .. ' ' .. Errno())
  Info(WriteFile('/dev/null', 'y') .. ' ' .. Errno())
  Info(WriteFile('/dev/shm/x', 'y') .. ' ' .. Errno())
end
