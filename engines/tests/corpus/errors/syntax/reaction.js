function process(data) {
  Info('never');
  const = 5;
}
