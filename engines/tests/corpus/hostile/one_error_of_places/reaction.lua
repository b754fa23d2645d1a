function process(data)
  error(string.rep('reaction.lua:3: ', 1000000), 0)
end
