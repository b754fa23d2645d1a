function process(data) {
  Info(KillCurrent());
}
