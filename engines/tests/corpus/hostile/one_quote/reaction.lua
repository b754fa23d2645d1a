function process(data)
  string.format('%q', string.rep('"', 10000000))
end
