function process(data) {
  const members = ['a "quoted" \\ one', 'line\nbreak\u0001', 'ü🦀'];
  for (const member of members) DataPush('l', member);
  const got = JSON.parse(DataGet('l'));
  Info(got.length + ' ' + members.map((member, index) => got[index] === member).join(' '));
}
