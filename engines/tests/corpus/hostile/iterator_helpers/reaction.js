function* numbers() {
  for (let n = 0; ; n += 1) yield n;
}

function process(data) {
  numbers().map((n) => n + 1).filter((n) => n < 0).toArray();
}
