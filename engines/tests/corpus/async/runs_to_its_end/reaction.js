const later = (value) => new Promise((resolve) => resolve(value));

async function process(data) {
  Info('start');
  Info((await later(1)) + (await later(2)));
  await later();
  DataSet('k', 'v');
  Info('end');
}
