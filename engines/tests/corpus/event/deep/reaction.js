function process(data) {
  let depth = 0;
  let at = data.custom;
  while (at.in !== undefined) {
    at = at.in;
    depth += 1;
  }
  Info(depth + ' ' + at.end);
}
