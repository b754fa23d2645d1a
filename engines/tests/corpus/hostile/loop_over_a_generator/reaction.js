function* numbers() {
  try {
    for (let n = 0; ; n += 1) yield n;
  } finally {
    for (;;);
  }
}

function process(data) {
  for (const n of numbers()) if (n > 1000) break;
}
