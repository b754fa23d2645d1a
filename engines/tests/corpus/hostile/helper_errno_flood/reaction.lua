function process(data)
  while true do Errno() end
end
