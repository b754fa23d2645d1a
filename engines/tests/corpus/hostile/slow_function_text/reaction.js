function process(data) {
  for (;;) process.toString() + Object.toString();
}
