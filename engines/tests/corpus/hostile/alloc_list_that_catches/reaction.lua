function process(data)
  local list = {}
  while true do
    pcall(function()
      while true do table.insert(list, {#list, 'x'}) end
    end)
    list = {}
  end
end
