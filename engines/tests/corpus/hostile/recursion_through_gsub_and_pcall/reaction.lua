local function deeper()
  pcall(string.gsub, 'a', 'a', deeper)
  pcall(table.sort, {2, 1}, deeper)
  pcall(coroutine.wrap(deeper))
end

function process(data)
  while true do deeper() end
end
