function process(data)
  local now = string.format('%.17g', math.random())
  local before = DataGet('random')
  Info(before == '' and 'first' or before == now and 'repeats' or 'differs')
  DataSet('random', now)
  pcall(math.randomseed, 1)
end
