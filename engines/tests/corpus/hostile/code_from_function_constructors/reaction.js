function process(data) {
  const make = Object.getPrototypeOf(async function* () {}).constructor;
  make('for (;;);')().next();
}
