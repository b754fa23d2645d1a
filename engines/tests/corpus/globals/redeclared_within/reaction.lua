function process(data)
  do
    local name = 'shadow'
    Info(kind .. ' ' .. name)
  end
  kind = 'assigned'
  Info(kind)
  Info(uuid)
end
