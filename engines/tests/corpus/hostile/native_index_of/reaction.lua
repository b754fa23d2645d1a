-- Where the search is linear it ends in time; where it is not, the deadline ends it.
function process(data)
  local text = string.rep('a', 4000000)
  string.find(text, string.rep('a', 2000000) .. 'b', 1, true)
end
