function* numbers() {
  for (;;) yield 'x';
}

function process(data) {
  [...numbers()];
}
