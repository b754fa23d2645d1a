function process(data) {
  data.self = data;
  JSON.stringify(data);
}
