function process(data)
  error(nil)
end
