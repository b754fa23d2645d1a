function process(data) {
  Info('before');
  throw new Error('broken');
}
