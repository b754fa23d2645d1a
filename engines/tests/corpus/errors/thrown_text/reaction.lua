function process(data)
  error('plain text')
end
