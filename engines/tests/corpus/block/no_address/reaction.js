function tell(result) {
  Info(result + ' ' + Errno());
}

function process(data) {
  for (const ip of ['', 'localhost', '203.0.113.300', '203.0.113.7/33', '203.0.113.7:80', '203.0.113.07', ' 203.0.113.7', 5, null, {}]) tell(NetBlockIp(ip));
  tell(NetUnblockIp());
  tell(NetUnblockIp('x'));
}
