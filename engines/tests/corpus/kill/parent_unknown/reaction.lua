function process(data)
  Info(KillParent() .. ' ' .. Errno())
end
