// Sixteen records, handed over twenty times: as values, or as text where the kind of the recipe is `naive`.
function process() {
  const records = [];
  for (let index = 0; index < 16; index++) {
    records.push({ pid: 4000 + index, share: index + 0.5, name: 'curl', known: index % 2 === 0, tags: ['egress', 'tcp'] });
  }
  for (let index = 0; index < 20; index++) {
    if (kind === 'naive') GiveText(JSON.stringify(records));
    else Give(records);
  }
}
