function process(data)
  error(42)
end
