function process(data) {
  [1, 2, 3].forEach((each) => {
    if (each === 2) throw new Error('two');
    Info(each);
  });
}
