local function forever() while true do end end

function process(data)
  while true do
    pcall(pcall, pcall, xpcall, pcall, forever, forever)
    pcall(coroutine.wrap(forever))
    pcall(coroutine.resume, coroutine.create(function() pcall(forever) while true do pcall(forever) end end))
    pcall(string.gsub, string.rep('x', 100), '.', forever)
    pcall(table.sort, {3, 2, 1}, forever)
    pcall(next, setmetatable({}, {__index = forever, __len = forever}))
    pcall(tostring, setmetatable({}, {__tostring = forever}))
  end
end
