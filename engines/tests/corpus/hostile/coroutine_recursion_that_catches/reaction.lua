local function deeper()
  pcall(coroutine.wrap(deeper))
  pcall(coroutine.wrap(deeper))
end

function process(data)
  while true do deeper() end
end
