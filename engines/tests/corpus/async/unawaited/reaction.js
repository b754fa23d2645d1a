function process(data) {
  Promise.resolve().then(() => Promise.resolve()).then(() => Info('late'));
  Info('returned');
}
