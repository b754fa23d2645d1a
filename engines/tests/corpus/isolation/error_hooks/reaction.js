function process(data) {
  Info([typeof new Error('x').stack, Error.prepareStackTrace === undefined ? 'none' : 'hook'].join(' '));
  Error.prepareStackTrace = () => 42;
  Error.stackTraceLimit = 0;
  Error.prototype.name = 'Hijacked';
  Error.prototype.toString = () => 'hijacked';
}
