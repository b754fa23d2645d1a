function process(data)
  local steps = {DataIncr('n'), DataIncr('n'), DataIncr('n', 10), DataIncr('n', -5), DataIncr('n', '1')}
  Info(table.concat(steps, ' ') .. ' ' .. DataGet('n'))
  Info('[' .. Errno() .. ']')
end
