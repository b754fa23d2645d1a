function process(data) {
  for (let n = 0; n < 100; n += 1) Errno({}, null);
  Info('[' + Errno(1) + '] ' + Now('x') + ' ' + NowMillis([]));
}
