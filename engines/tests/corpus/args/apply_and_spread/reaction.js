function process(data) {
  Info(DataSet(...['k', 'v']) + ' ' + DataGet.apply(null, ['k']));
  Info(DataSet.call(undefined, 'l', 'w') + ' ' + DataGet.bind(null, 'l')());
}
