function process(data) {
  outer: for (;;) {
    for (let n = 0; ; n += 1) if (n > 10) continue outer;
  }
}
