function process(data) {
  const folder = CreateTempDir('audit-evidence-*');
  const text = JSON.stringify(data, null, 2);
  WriteFile(folder + '/event.json', text);
  const back = JSON.parse(ReadFile(folder + '/event.json'));
  Info((JSON.stringify(back, null, 2) === text) + ' ' + (text.length > JSON.stringify(data).length));
}
