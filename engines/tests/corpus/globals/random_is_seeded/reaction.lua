function process(data)
  local a = math.random()
  local b = math.random()
  Info(tostring(a ~= b) .. ' ' .. tostring(a >= 0 and a < 1 and b >= 0 and b < 1))
  local before = DataGet('a')
  local now = string.format('%.17g', a)
  Info(before == '' and 'first' or before == now and 'repeats' or 'differs')
  DataSet('a', now)
end
