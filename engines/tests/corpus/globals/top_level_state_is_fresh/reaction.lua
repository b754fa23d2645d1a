local counter = 0
local LIST = {'a'}
local SEEN = {}
local matches = string.gmatch('aaa', 'a')

function process(data)
  counter = counter + 1
  local size = 0
  for _ in pairs(SEEN) do size = size + 1 end
  local left = 0
  for _ in matches do left = left + 1 end
  Info(counter .. ' ' .. table.concat(LIST, ',') .. ' ' .. size .. ' ' .. 3 - left)
  table.insert(LIST, 'b')
  SEEN.k = 'v'
end
