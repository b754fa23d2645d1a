function process(data)
  string.format('%999999999d', 1)
end
