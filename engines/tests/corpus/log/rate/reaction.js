function process(data) {
  if (data.timestamp === '2026-01-01T00:00:00Z') {
    for (let n = 0; n < 1005; n += 1) Info(n);
  } else {
    Info('again');
  }
}
