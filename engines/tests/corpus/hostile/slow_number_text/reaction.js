function process(data) {
  for (;;) (0.1).toFixed(100) + (1e21).toString(2) + Number('0.' + '1'.repeat(100000));
}
