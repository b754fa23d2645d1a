function tell(result) {
  Info(result + ' ' + Errno());
}

function process(data) {
  tell(DataSet());
  tell(DataSet('k'));
  tell(DataSet('k', null));
  tell(DataSet({}, 'v'));
  tell(DataSet('k', ['v']));
  tell('[' + DataGet() + ']');
  tell(DataDelete(null));
  tell(DataHasKey({}));
  tell(DataHasValue(process));
  tell(DataIncr());
  tell(DataPush());
  tell('[' + DataPop(null) + ']');
  tell(DataSetTtl('k', 'v'));
  tell(DataCas('k', 'v'));
}
