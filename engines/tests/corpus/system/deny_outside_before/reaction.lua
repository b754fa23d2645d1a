function process(data)
  Info(Deny() .. ' ' .. Errno())
end
