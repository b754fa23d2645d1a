function process(data) {
  queueMicrotask(() => Info('second'));
  Info('first');
}
