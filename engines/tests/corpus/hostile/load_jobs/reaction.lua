local function again()
  return coroutine.wrap(again)()
end

while true do pcall(again) end

function process(data) end
