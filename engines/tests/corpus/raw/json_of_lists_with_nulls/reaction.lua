function process(data)
  Info(json.encode(json.decode('[null,false]')))
  Info(json.encode(json.decode('[1,null,3]')))
  Info(json.encode(json.decode('[null,null,[null,{}]]')))
  Info(json.encode(data.custom.list))
  data.custom.list[5] = 'x'
  Info(json.encode(data.custom.list))
  DataSet('k', json.encode(json.decode('[1,null,3]')))
  Info(DataGet('k'))
  local noted = json.decode('[1]')
  noted.note = 2
  Info(json.encode(noted))
  Info(tostring((pcall(json.encode, { [1] = 1, ['1'] = 2 }))))
end
