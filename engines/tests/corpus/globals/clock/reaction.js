function process(data) {
  Info(Now() + ' ' + NowMillis());
  const date = new Date();
  Info(date.toISOString() + ' ' + (Date.now() === NowMillis()) + ' ' + (date.getTime() === NowMillis()));
  Info(date.getTimezoneOffset() + ' ' + date.getHours());
  Info('[' + Errno() + ']');
}
