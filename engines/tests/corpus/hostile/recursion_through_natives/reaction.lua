local function deeper()
  string.gsub('a', 'a', deeper)
  table.sort({2, 1}, deeper)
end

function process(data)
  deeper()
end
