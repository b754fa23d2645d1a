local function deeper()
  if not pcall(deeper) then pcall(deeper) end
  pcall(deeper)
end

function process(data)
  while true do deeper() end
end
