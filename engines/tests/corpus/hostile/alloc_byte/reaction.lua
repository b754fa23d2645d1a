function process(data)
  local text = string.rep('x', 1000000)
  while true do
    local list = {string.byte(text, 1, -1)}
    if #list ~= 1000000 then return end
  end
end
