function process(data) {
  Info(NetBlockIp());
}
