function process(data)
  Info(KillParent() .. ' ' .. KillProcess(4200))
  Info(KillProcess('900'))
end
