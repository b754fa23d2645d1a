-- Counts what talks to a peer; from the third time on blocks the peer for an hour and kills the process.
function process(data)
  local address = data.flow.remote.address
  local count = DataIncr("seen:" .. address, 3)
  Warn(data.process.exe .. " talks to " .. address .. " (" .. count .. ")")
  if count < 3 then return end
  if NetBlockIpTimer(address, 3600) < 0 then Error(Errno()) end
  if KillCurrent() < 0 then Error(Errno()) end
  AppendFile("/tmp/reactant-blocked.log", address .. "\n")
end
