async function* numbers() {
  for (let n = 0; n < 3; n += 1) yield n;
}

async function process(data) {
  const seen = [];
  for await (const n of numbers()) seen.push(n);
  Info(seen.join(' '));
}
