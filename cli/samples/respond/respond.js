// Counts what talks to a peer; from the third time on blocks the peer for an hour and kills the process.
function process(data) {
  const address = data.flow.remote.address;
  const count = DataIncr("seen:" + address, 3);
  Warn(`${data.process.exe} talks to ${address} (${count})`);
  if (count < 3) return;
  if (NetBlockIpTimer(address, 3600) < 0) Error(Errno());
  if (KillCurrent() < 0) Error(Errno());
  AppendFile("/tmp/reactant-blocked.log", address + "\n");
}
