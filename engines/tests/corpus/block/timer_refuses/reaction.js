function process(data) {
  Info(NetBlockIpTimer('203.0.113.7', 0));
  Info(NetBlockIpTimer('203.0.113.7', -5));
  Info(NetBlockIpTimer('203.0.113.7', 31536001));
  Info(NetBlockIpTimer('203.0.113.7', 31536000));
  Info(NetBlockIpTimer('203.0.113.8', 1));
  Info(NetBlockIpTimer('203.0.113.9', 1.5) + ' ' + Errno());
  Info(NetBlockIpTimer('203.0.113.9') + ' ' + Errno());
  Info(NetBlockIpTimer('127.0.0.1', 60) + ' ' + Errno());
}
