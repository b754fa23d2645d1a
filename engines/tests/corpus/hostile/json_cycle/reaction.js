function process(data) {
  const object = {};
  object.self = object;
  JSON.stringify(object);
}
