function process(data) {
  return Promise.resolve('chained').then((text) => {
    Info(text);
    throw 'late';
  });
}
