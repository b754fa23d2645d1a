function process(data)
  DataSet('k', 'v')
  Info('real ' .. DataGet('k'))
  DataGet = function() return 'hijacked' end
  DataSet = nil
  _G.Info = function() end
  _G.Warn = nil
end
