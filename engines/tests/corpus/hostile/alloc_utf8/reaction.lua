local unpack = table.unpack or unpack

function process(data)
  local text = string.rep('ü', 1000000)
  while true do
    local points = {utf8.codepoint(text, 1, -1)}
    utf8.char(unpack(points))
  end
end
