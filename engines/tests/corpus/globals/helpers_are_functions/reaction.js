function process(data) {
  ['a', 'b'].forEach((each) => Info(each));
  DataSet('k', 'x');
  const get = DataGet;
  Info('[' + get('k') + ']');
}
