function process(data)
  local text = string.rep('ab ', 100000)
  local kept = {}
  while true do
    for word, rest in string.gmatch(text, '(%w+)(.*)') do table.insert(kept, word .. #kept .. rest) end
  end
end
