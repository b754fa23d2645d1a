function process(data) {
  for (;;) String.fromCharCode.apply(null, new Array(1000000).fill(65));
}
