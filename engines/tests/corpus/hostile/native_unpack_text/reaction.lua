function process(data)
  local text = string.rep('\1\0\0\0', 10000)
  while true do
    local at = 1
    while at < #text do
      if string.unpack then
        local _, after = string.unpack('<I4', text, at)
        at = after
      else
        at = at + #string.sub(text, at, at + 3)
      end
    end
  end
end
