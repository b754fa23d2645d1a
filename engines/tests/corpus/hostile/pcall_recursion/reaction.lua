local function again()
  pcall(again)
  pcall(again)
  return again()
end

function process(data)
  while true do pcall(again) end
end
