function process(data) {
  const end = Date.now() + 1000;
  while (Date.now() < end);
}
