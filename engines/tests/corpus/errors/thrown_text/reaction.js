function process(data) {
  throw 'plain text';
}
