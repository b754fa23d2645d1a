function process(data)
  local kept = {}
  while true do
    local a, b, c, d, e, f, g, h = {}, {}, {}, {}, {}, {}, {}, {}
    kept[#kept + 1] = function() return a, b, c, d, e, f, g, h end
    kept[#kept + 1] = function()
      a, b, c, d, e, f, g, h = b, c, d, e, f, g, h, a
    end
  end
end
