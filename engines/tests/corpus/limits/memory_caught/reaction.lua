function process(data)
  local kept = {}
  pcall(function()
    while true do
      local more = {}
      for n = 1, 1000 do more[n] = #kept end
      table.insert(kept, more)
    end
  end)
  kept = nil
  Info('after')
  DataSet('after', 'yes')
  CreateTempDir()
end
