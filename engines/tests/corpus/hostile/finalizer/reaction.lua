function process(data)
  for n = 1, 1000 do
    setmetatable({ n }, {
      __gc = function()
        while true do end
      end,
    })
  end
  local garbage = 0
  for n = 1, 20000 do garbage = garbage + #{n} end
  Info('went on')
end
