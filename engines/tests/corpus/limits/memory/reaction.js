function process(data) {
  Info('before');
  const kept = [];
  for (;;) kept.push('x'.repeat(1000) + kept.length);
}
