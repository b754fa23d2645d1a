function process(data) {
  ('a'.repeat(40) + 'b').split(/(a*)*c/);
}
