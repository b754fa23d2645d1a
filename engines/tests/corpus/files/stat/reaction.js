function process(data) {
  const file = Stat(data.dir + '/a.txt');
  Info(file.size + ' ' + file.mode + ' ' + file.isDir + ' ' + /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/.test(file.modTime));
  const folder = Stat(data.dir + '/sub');
  Info(folder.mode + ' ' + folder.isDir);
  Info(String(Stat(data.dir + '/absent')) + ' ' + Errno());
  Info(Object.keys(file).sort().join(','));
}
