function process(data)
  Info('done')
  return { status = 'error', toString = false }, error, 1
end
