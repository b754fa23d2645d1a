function process(data) {
  const again = () => Promise.resolve().then(again);
  again();
}
