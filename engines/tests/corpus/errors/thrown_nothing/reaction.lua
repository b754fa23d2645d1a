function process(data)
  error()
end
