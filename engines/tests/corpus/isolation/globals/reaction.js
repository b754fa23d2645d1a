function process(data) {
  Info(typeof globalThis.leak === 'undefined' && typeof leaked === 'undefined' ? 'fresh' : 'leaked');
  globalThis.leak = 1;
  leaked = 2;
}
