function process(data) {
  Info(NetBlockIp());
  Info(['203.0.113.7', '203.0.113.8', '2001:db8::53'].map((ip) => NetBlockIp(ip)).join(' '));
  Info(NetBlockIp() + ' ' + Errno());
}
