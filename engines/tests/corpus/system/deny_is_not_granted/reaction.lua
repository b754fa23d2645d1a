function process(data)
  Info(Deny('no') .. ' ' .. Errno())
end
