function process(data)
  local members = {'a "quoted" \\ one', 'line\nbreak\1', 'ü🦀'}
  for _, member in ipairs(members) do DataPush('l', member) end
  local got = json.decode(DataGet('l'))
  local same = {}
  for at, member in ipairs(members) do same[at] = tostring(got[at] == member) end
  Info(#got .. ' ' .. table.concat(same, ' '))
end
