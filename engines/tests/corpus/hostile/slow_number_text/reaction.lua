function process(data)
  local digits = '0.' .. string.rep('1', 100000)
  while true do
    local text = string.format('%.99f', 0.1) .. string.format('%.14g', 1e21)
    if tonumber(digits) == text then return end
  end
end
