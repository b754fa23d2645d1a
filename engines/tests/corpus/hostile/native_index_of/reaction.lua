-- Where the search is linear it ends in time; where it is not, the deadline ends it.
function process(data)
  local text = string.rep('a', 1000000)
  string.find(text, string.rep('a', 500000) .. 'b', 1, true)
end
