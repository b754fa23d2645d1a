function process(data) {
  Reflect.apply(() => {}, null, { length: 2 ** 31 - 2 });
}
