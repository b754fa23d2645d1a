function process(data) {
  const again = () => {
    Promise.resolve().then(again);
    Promise.resolve().then(again);
  };
  again();
}
