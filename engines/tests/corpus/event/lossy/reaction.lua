function process(data)
  Info(data.file.file .. ' ' .. tostring(data.file.lossy) .. ' ' .. tostring(not not data.process.lossy))
end
