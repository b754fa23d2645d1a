function process(data)
  local text = string.rep('a', 4000000)
  string.gsub(text, string.rep('a', 2000000) .. 'b', '')
end
