function process(data)
  DataSet('held', '')
  Info(tostring(DataCas('held', '', 'stolen')) .. ' [' .. DataGet('held') .. ']')
  Info(tostring(DataCas('lock', '', 'me')) .. ' ' .. tostring(DataCas('lock', 'me', '')) .. ' ' .. tostring(DataHasKey('lock')))
  Info(tostring(DataCas('lock', '', 'me')) .. ' ' .. DataGet('lock'))
  DataDelete('lock')
  Info(tostring(DataCas('again', 'x', 'y')) .. ' ' .. tostring(DataCas('again', '', 'you')))
end
