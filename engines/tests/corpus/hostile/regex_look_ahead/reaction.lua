function process(data)
  string.find(string.rep('a ', 20000), '%f[%w].-%f[%W].-%f[%w].-%f[%W].-b')
end
