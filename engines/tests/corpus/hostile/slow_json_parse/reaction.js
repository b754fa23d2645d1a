function process(data) {
  const text = '[' + '{"a":[1,2,3]},'.repeat(20000) + '0]';
  for (;;) JSON.parse(text);
}
