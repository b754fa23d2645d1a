function process(data)
  Info(data.process.cmd)
  Info(json.encode(data.process.args) .. ' ' .. json.encode(data.process.envs))
end
