function process(data)
  Info(json.encode(data.custom.deep))
  if #data.custom.words ~= 3 or data.custom.a ~= 1 then error('odd') end
  Info(json.encode(data.custom))
  table.insert(data.custom.list, 4)
  table.remove(data.custom.words, 1)
  Info(json.encode(data.custom.list) .. ' ' .. json.encode(data.custom.words))
  data.custom.deep.inner.x = 'z'
  Info(json.encode(data.custom.deep))
  Info(json.encode(data.custom))
end
