function process(data) {
  ('a'.repeat(30) + ' ').repeat(100).replace(/(a+a+)+b/g, 'x');
}
