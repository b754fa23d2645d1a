local function deeper()
  return coroutine.wrap(deeper)()
end

function process(data)
  deeper()
end
