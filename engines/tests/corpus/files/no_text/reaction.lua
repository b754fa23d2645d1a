function process(data)
  Info(ReadFile(data.dir .. '/latin1'))
end
