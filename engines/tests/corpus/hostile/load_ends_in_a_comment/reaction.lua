function process(data)
  Info('here')
end -- the end