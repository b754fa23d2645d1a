function process(data) {
  Info([NetBlockIp('203.0.113.7'), NetUnblockIp('203.0.113.7'), NetBlockIp('203.0.113.7')].join(' '));
  Info(NetUnblockIp('203.0.113.99') + ' ' + Errno());
  NetUnblockIp('203.0.113.7');
  Info([NetBlockIpTimer('203.0.113.7', 60), NetBlockIpTimer('203.0.113.7', 120), NetUnblockIp('203.0.113.7')].join(' '));
}
