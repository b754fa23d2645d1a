function process(data) {
  {
    const name = 'shadow';
    Info(kind + ' ' + name);
  }
  kind = 'assigned';
  Info(kind);
  Info(uuid);
}
