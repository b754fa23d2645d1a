class Odd extends Promise {
  constructor(executor) {
    super(executor);
    Odd.made = (Odd.made || 0) + 1;
    if (Odd.made < 1e9) this.then(() => {});
  }
}

function process(data) {
  return Odd.resolve(1);
}
