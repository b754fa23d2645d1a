function process(data) {
  let set = 0;
  let read = 0;
  for (let n = 0; n < 100; n += 1) if (DataSet('perf_' + n, 'value_' + n) === 0) set += 1;
  for (let n = 0; n < 100; n += 1) if (DataGet('perf_' + n) === 'value_' + n) read += 1;
  for (let n = 0; n < 100; n += 1) DataDelete('perf_' + n);
  Info(set + ' ' + read + ' ' + DataSize());
}
