function process(data)
  Info(json.encode(data.metadata))
  Info(kind .. ' ' .. name .. ' ' .. tostring(json.encode(data.base.metadata) == json.encode(data.metadata)))
end
