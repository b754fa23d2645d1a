local function compare()
  table.sort({2, 1}, compare)
  return false
end

function process(data)
  compare()
end
