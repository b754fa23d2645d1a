function process(data)
  local results = {}
  for _, domain in ipairs({'evil.example', 'Evil.EXAMPLE.', 'sub.evil.example', 'notevil.example'}) do
    table.insert(results, NetBlockDomain(domain))
  end
  Info(table.concat(results, ' '))
  Info(NetBlockDomain('evil.example') .. ' ' .. Errno())
  Info(NetUnblockDomain('notevil.example') .. ' ' .. NetBlockDomain('notevil.example'))
end
