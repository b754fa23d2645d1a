function process(data) {
  Error.prepareStackTrace = (error, frames) => ({ toString: null, frames });
  Error.stackTraceLimit = 'many';
  Object.defineProperty(Error.prototype, 'message', { get() { throw 1; } });
  null.x;
}
