local function handler()
  error('again')
end

function process(data)
  while true do xpcall(error, handler, 'x') end
end
