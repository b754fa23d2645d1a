local function deeper()
  return deeper() + 1
end
deeper()

function process(data) end
