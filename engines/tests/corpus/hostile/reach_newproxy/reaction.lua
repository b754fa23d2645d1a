function process(data)
  local made = newproxy and newproxy(true)
  if made then
    getmetatable(made).__gc = function()
      while true do end
    end
    getmetatable(made).__index = getmetatable(made).__gc
  end
  Info(type(made))
end
