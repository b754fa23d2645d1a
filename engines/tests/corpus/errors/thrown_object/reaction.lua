function process(data)
  error({ code = 7, message = 'mine' })
end
