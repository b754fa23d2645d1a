function process(data) {
  Info(DataSet('k'.repeat(1024), 'v') + ' ' + DataSet('k'.repeat(1025), 'v') + ' ' + Errno());
  Info(DataSet('big', 'v'.repeat(1048576)) + ' ' + DataSet('big', 'v'.repeat(1048577)) + ' ' + Errno());
  Info(DataGet('big').length + ' ' + DataSize());
}
