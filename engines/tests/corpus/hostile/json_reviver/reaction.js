function process(data) {
  JSON.parse('[0, 0]', function (key, value) {
    if (Array.isArray(this)) this[1] = [0, 0];
    return value;
  });
}
