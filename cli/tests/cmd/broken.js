function process(data) {
  Info("never closed);
}
