function process()
  local one = string.rep('x', 1000000) .. 'a'
  local other = string.rep('x', 1000000) .. 'b'
  while true do
    local _ = one < other, other < one, one <= other, other <= one, one < other, other < one, one <= other, other <= one
  end
end
