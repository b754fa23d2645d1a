function process(data) {
  const path = data.dir + '/new.txt';
  Info(WriteFile(path, 'content') + ' ' + ReadFile(path));
  const stat = Stat(path);
  Info(stat.size + ' ' + stat.mode + ' ' + stat.isDir + ' ' + stat.modTime);
  Info(WriteFile(path, 'other') + ' ' + ReadFile(path));
  Info('[' + Errno() + ']');
}
