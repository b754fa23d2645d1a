function process(data)
  Info(Now() .. ' ' .. os.date('%Y'))
end
