async function process(data) {
  return {
    get then() {
      for (;;);
    },
  };
}
