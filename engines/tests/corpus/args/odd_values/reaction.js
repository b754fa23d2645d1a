function process(data) {
  Info(DataSet('k', Symbol('s')) + ' ' + Errno());
  Info(DataSet('k', data.process) + ' ' + Errno());
  Info(DataSet('k', () => 'v') + ' ' + Errno());
  Info(DataSet('k', undefined) + ' ' + Errno());
}
