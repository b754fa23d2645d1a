function process(data) {
  throw { code: 7, message: 'mine' };
}
