function process(data)
  local inner, words, items = data.custom.deep.inner, data.custom.words, data.custom.list
  data.custom = nil
  local garbage
  for n = 1, 100000 do garbage = { garbage and n } end
  Info(inner.x .. ' ' .. words[1] .. ' ' .. #items)
end
