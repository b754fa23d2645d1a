function process(data) {
  new RegExp('('.repeat(100000) + ')'.repeat(100000));
}
