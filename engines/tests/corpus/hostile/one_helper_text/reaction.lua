function process(data)
  local text = string.rep('x', 2000000)
  Info(text)
  DataSet('k', text)
  WriteFile('/tmp/reactant-absent/x', text)
  NetBlockIp(text)
  KillProcess(text)
end
