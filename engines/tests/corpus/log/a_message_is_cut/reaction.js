function process(data) {
  Info('x'.repeat(9000));
  Info('ü'.repeat(9000));
}
