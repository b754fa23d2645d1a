function process(data)
  Info(Deny() .. ' ' .. Deny('not here'))
  Info(Deny({}) .. ' ' .. Errno())
end
