function process(data) {
  Info(RemoveDir('/tmp'));
  Info(RemoveDir('/tmp/'));
  Info(RemoveDir('/etc'));
  Info(RemoveDir('/'));
  Info(RemoveDir(data.dir + '/a.txt'));
  Info(RemoveDir(data.dir + '/link'));
  Info(RemoveDir(data.dir + '/absent'));
  Info(Stat(data.dir + '/sub').mode + ' ' + ReadFile(data.dir + '/a.txt'));
}
