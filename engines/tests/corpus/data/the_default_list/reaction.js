function process(data) {
  Info(DataPush('one') + ' ' + DataPush('two'));
  Info(DataIsEmpty() + ' ' + DataSize() + ' ' + DataKeys() + ' ' + DataValues() + ' ' + DataHasValue('one'));
  Info(DataPop() + ' ' + DataPop() + ' [' + DataPop() + '] [' + Errno() + ']');
}
