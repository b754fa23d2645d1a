function process(data) {
  for (const key of ['b', 'ä', 'B', '🦀', 'a', 'A', '']) DataSet(key, '1');
  Info(DataKeys());
}
