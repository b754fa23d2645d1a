function process(data) {
  Error.prepareStackTrace = () => {
    for (;;);
  };
  null.x;
}
