function process(data) {
  Info(JSON.stringify(data.metadata));
  Info(kind + ' ' + name + ' ' + (JSON.stringify(data.base.metadata) === JSON.stringify(data.metadata)));
}
