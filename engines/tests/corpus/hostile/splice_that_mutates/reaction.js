function process(data) {
  const list = [1, 2, 3, 4, 5];
  const odd = {
    valueOf() {
      list.length = 0;
      return 0;
    },
  };
  list.fill(odd).splice(odd, odd, odd);
  list.copyWithin(odd, odd);
  list.concat(list.indexOf(1, odd));
  new Uint8Array([1, 2, 3]).fill(odd);
}
