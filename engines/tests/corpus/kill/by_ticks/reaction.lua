function process(data)
  Info(KillCurrent())
end
