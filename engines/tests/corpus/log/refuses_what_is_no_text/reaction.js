function process(data) {
  Info({ a: 1 });
  Warn(Errno());
  Warn([1, 2]);
  Warn(Errno());
  Error(process);
  Warn(Errno());
  Debug(null);
  Warn(Errno());
  Info();
  Warn(Errno());
}
