function process(data) {
  Info(data.process.comm);
  Info(data.process.pid);
  Info(data.custom.yes);
  Info(data.custom.half);
  Info(data.process.args);
  Warn(Errno());
  Info(data.custom);
  Warn(Errno());
  Info(data.absent);
  Warn(Errno());
}
