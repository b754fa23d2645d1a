function process(data)
  Info(rawget(_G, 'leak') == nil and leaked == nil and 'fresh' or 'leaked')
  _G.leak = 1
  leaked = 2
end
