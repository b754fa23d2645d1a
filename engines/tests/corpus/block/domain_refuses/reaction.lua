local function tell(result)
  Info(result .. ' ' .. Errno())
end

function process(data)
  for _, domain in ipairs({'', '203.0.113.7', 'a b', '*.evil.example', 'www.corp.example', 'example'}) do
    tell(NetBlockDomain(domain))
  end
  tell(NetBlockDomain(nil))
  tell(NetUnblockDomain())
end
