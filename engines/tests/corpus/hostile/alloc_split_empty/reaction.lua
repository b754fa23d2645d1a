function process(data)
  local text = string.rep('abc', 300000)
  while true do
    if string.split then string.split(text, '') else string.gsub(text, '', {}) end
  end
end
