local TABLE = {}
local FIRST = TABLE.first.name

function process(data)
  Info('never')
end
