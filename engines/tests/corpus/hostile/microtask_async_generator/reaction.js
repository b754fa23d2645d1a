async function* numbers() {
  for (let n = 0; ; n += 1) yield n;
}

async function process(data) {
  for await (const n of numbers());
}
