function process(data) {
  (0, eval)('for (;;);');
}
