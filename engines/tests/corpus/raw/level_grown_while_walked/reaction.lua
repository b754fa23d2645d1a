function process(data)
  for key in pairs(data.custom) do data.custom[key] = 10 end
  Info(data.custom.a .. ' ' .. data.custom.list .. ' ' .. data.custom.deep)
end
