function process(data) {
  while (Math.random() !== 2);
}
