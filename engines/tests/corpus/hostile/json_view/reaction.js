function process(data) {
  Object.prototype.toJSON = function () {
    for (;;);
  };
  JSON.stringify(data);
}
