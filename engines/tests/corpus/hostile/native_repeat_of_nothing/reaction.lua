function process(data)
  Info(#string.rep('', 2 ^ 52) .. ' ' .. #string.rep('', 2 ^ 52, ''))
end
