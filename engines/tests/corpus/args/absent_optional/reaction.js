function tell(result) {
  Info(result + ' ' + Errno());
}

function process(data) {
  Info(DataIncr('c', undefined) + ' ' + DataIncr('c', data.nothing));
  Info(DataIncr('c', null));
  tell(DataIncr(undefined, undefined));
  tell(NetBlockIp(data.flow.remte));
  tell(NetBlockDomain(undefined));
  DataPush('one');
  tell('[' + DataPop(undefined) + ']');
  tell(DataPush('v', undefined));
  Info(DataPop());
}
