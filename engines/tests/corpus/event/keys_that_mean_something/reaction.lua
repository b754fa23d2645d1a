function process(data)
  local custom = data.custom
  local plain = json.encode(custom)
  Info(table.concat({custom.constructor, custom['toString'], custom['hasOwnProperty'], custom.length}, ' '))
  Info(({}).polluted == nil and data.process.polluted == nil and 'absent' or 'polluted')
  Info(plain)
end
