function process(data) {
  Info([DataSet('k', 'w'), '[' + DataGet('k') + ']', DataDelete('k'), DataHasKey('k'), DataHasValue('v'), DataIsEmpty()].join(' '));
  Info([DataKeys(), DataValues(), DataSize(), DataClear(), DataPush('v'), '[' + DataPop() + ']'].join(' '));
  Info([String(DataIncr('k')), DataSetTtl('k', 'v', 5), DataCas('k', 'v', 'w')].join(' '));
  Info(Errno());
}
