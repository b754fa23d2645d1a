function process(data)
  error(data.process.comm)
end
