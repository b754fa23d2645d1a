function process(data) {
  Info(Now() + ' ' + new Date().getFullYear());
}
