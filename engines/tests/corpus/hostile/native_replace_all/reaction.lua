function process(data)
  local text = string.rep('a', 1000000)
  string.gsub(text, string.rep('a', 500000) .. 'b', '')
end
