function process(data) {
  Array.from({ length: 1000000000 }, () => 0);
}
