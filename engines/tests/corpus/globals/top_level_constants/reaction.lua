local WORDS = {'wget', 'curl', 'nc'}
local PATTERN = '%f[%w]curl%f[%W]'
local VERSION = 'v' .. 2

local function square(n)
  return n * n
end

local SQUARE = square(5)

function process(data)
  Info(table.concat({#WORDS, tostring(string.find('a curl b', PATTERN) ~= nil), VERSION, SQUARE}, ' '))
end
