function process(data) {
  Info('said', 'more', null, {});
  Info('errno [' + Errno() + ']');
}
