function process(data) {
  let text = 'aaaaaaaaaa';
  for (;;) text = text.replaceAll('a', 'aaaaaaaaaa');
}
