function process(data)
  Info(KillCurrent() .. ' ' .. KillParent() .. ' ' .. KillProcess('4242') .. ' ' .. Errno())
end
