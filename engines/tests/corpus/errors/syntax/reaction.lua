function process(data)
  Info('never')
  local = 5
end
