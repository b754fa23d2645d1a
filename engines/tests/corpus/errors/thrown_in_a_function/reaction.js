function inner(value) {
  return value.field.missing;
}

function outer(value) {
  inner(value);
}

function process(data) {
  outer({});
}
