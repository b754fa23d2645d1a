function tell(result) {
  Info(result + ' ' + Errno());
}

function process(data) {
  for (const pid of [1, 2, 499, 0, -4242, 4294967297, 4242.5, '0x1092', '', NaN]) tell(KillProcess(pid));
  tell(KillProcess());
  tell(KillProcess(true));
  tell(KillProcess({ pid: 4242 }));
}
