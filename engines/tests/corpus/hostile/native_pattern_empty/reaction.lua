function process(data)
  local text = string.rep('a', 1000000)
  while true do
    for _ in string.gmatch(text, '') do end
  end
end
