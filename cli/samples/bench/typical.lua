-- R2: collects remote addresses, filters private ranges, counts in the store, serialises the process.
function process(data)
  local remotes = {}
  for _, protocol in ipairs(data.background.flows.protocols) do
    for _, pair in ipairs(protocol.pairs) do
      local remote = pair.nodes.remote
      local address = remote.address
      local private = string.sub(address, 1, 3) == "10." or string.sub(address, 1, 8) == "192.168." or string.sub(address, 1, 4) == "127."
      if not private then
        local label = string.lower(remote.names[1] or remote.name)
        table.insert(remotes, protocol.proto .. "/" .. address .. "(" .. label .. ")")
      end
    end
  end
  if #remotes == 0 then return nil end
  local key = "seen:" .. data.process.comm .. ":" .. data.process.uid
  local previous = DataGet(key)
  local count = previous ~= "" and tonumber(previous) + 1 or 1
  DataSet(key, tostring(count % 1000))
  local alert = { rule = "net-drop", pid = data.process.pid, cmd = string.match(string.sub(data.process.cmd, 1, 60), "^%s*(.-)%s*$"),
    remotes = remotes, count = count, tactic = data.metadata.tactic }
  return alert.rule .. "|" .. table.concat(alert.remotes, ",") .. "|" .. alert.cmd .. "|" .. json.encode(data.process)
end
