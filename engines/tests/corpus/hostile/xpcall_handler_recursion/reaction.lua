local function handler()
  return xpcall(error, handler, 'x')
end

function process(data)
  while true do xpcall(error, handler, 'x') end
end
