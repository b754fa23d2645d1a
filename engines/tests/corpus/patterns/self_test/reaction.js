function report(what, good) {
  Info(what + ' ' + (good ? 'PASS' : 'FAIL'));
}

function testHelpers() {
  Debug('debug works');
  Warn('warn works');
  Error('error works');
  DataSet('test_key', 'test_value');
  report('data', DataGet('test_key') === 'test_value');
  DataDelete('test_key');
  const content = 'Test at ' + new Date().toISOString();
  const folder = CreateTempDir('test-*');
  if (folder !== '') {
    WriteFile(folder + '/test.txt', content);
    report('file', ReadFile(folder + '/test.txt') === content);
    RemoveDir(folder);
  }
  report('errno', typeof Errno() === 'string');
}

function testData(data) {
  Info([data.process.cmd || 'N/A', data.process.pid || 'N/A', data.file ? data.file.file : 'N/A', data.file && data.file.actions ? data.file.actions.join(', ') : 'N/A'].join(' '));
}

function testFailures() {
  report('invalid read', ReadFile('/nonexistent/path') === '');
  report('invalid get', DataGet('nonexistent') === '');
}

function process(data) {
  if (DataGet('test_mode') === 'true') {
    Info('=== test ===');
    testHelpers();
    testData(data);
    testFailures();
    Info('=== done ===');
    return;
  }
  Info('normal');
}
