class Counter {
  static total;
}

function process(data) {
  Info([process.count, Counter.total, Counter.prototype.extra].map(String).join(' '));
  process.count = 1;
  Counter.total = 1;
  Counter.prototype.extra = 1;
}
