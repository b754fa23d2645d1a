function process(data)
  assert(data.absent, 'nothing there')
end
