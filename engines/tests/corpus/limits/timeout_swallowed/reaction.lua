function process(data)
  Info('before')
  local done = pcall(function()
    while true do end
  end)
  if not done then Info('caught') end
  DataSet('after', 'yes')
  CreateTempDir()
  Info('after')
end
