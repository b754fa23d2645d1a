function process(data) {
  Info(data.file.file + ' ' + data.file.lossy + ' ' + !!data.process.lossy);
}
