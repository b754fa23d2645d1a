function process(data) {
  Info(new Date(data.timestamp).toISOString());
  Info(!!data.process.exit);
}
