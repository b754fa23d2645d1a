function process(data)
  while true do
    xpcall(Info, function(fault) return fault end, 'x')
  end
end
