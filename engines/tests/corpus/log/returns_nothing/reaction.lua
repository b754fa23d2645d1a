function process(data)
  local got = Info('x')
  Info(got == nil and 'null' or type(got))
end
