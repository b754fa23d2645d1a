function process(data)
  DataIncr('n')
  Info(DataGet('n'))
end
