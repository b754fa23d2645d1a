function process(data)
  local fault = { message = 'first' }
  for _ = 1, 10000 do fault = { message = 'next', cause = fault } end
  fault.cause.cause = fault
  error(fault)
end
