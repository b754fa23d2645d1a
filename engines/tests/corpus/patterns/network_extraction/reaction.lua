local KEEP = {'^127%.0%.0%.1$', '^10%.', '^192%.168%.'}

local function kept(ip)
  for _, pattern in ipairs(KEEP) do
    if string.find(ip, pattern) then return true end
  end
  local second = tonumber(string.match(ip, '^172%.(%d+)%.'))
  return second ~= nil and second >= 16 and second <= 31
end

function process(data)
  local ips, names = {}, {}
  if data.background and data.background.flows and data.background.flows.protocols then
    for _, protocol in ipairs(data.background.flows.protocols) do
      for _, pair in ipairs(protocol.pairs or {}) do
        local remote = pair.nodes and pair.nodes.remote
        if remote then
          if remote.address and string.find(remote.address, '^%d+%.%d+%.%d+%.%d+$') then table.insert(ips, remote.address) end
          for _, name in ipairs(remote.names or {}) do
            if #name > 0 and #name < 255 then table.insert(names, name) end
          end
        end
      end
    end
  end
  Info(table.concat(ips, ','))
  Info(table.concat(names, ','))
  local results = {}
  for _, ip in ipairs(ips) do
    if not kept(ip) then table.insert(results, NetBlockIp(ip)) end
  end
  Info('blocking ' .. #results .. ': ' .. table.concat(results, ' '))
end
