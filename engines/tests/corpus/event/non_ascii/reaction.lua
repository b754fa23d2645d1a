function process(data)
  Info(table.concat({data.custom['schlüssel'], data.custom.text, table.concat(data.custom.list, ',')}, ' '))
  Info(data.process.comm .. ' ' .. data.process.cmd)
  Info(json.encode(data.custom))
  DataSet('ключ', '🦀')
  Info(tostring(DataGet('ключ') == '🦀'))
end
