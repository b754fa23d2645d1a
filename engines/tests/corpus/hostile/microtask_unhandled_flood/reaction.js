function process(data) {
  for (;;) Promise.reject(1);
}
