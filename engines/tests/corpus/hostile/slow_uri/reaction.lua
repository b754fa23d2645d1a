function process(data)
  local text = string.rep('ü', 100000)
  while true do
    string.gsub(text, '[^%w]', function(each) return string.format('%%%02X', string.byte(each)) end)
  end
end
