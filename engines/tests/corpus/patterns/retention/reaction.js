const DAYS = 7;

function process(data) {
  const key = 'events_' + new Date().toDateString();
  DataSet(key, String(parseInt(DataGet(key) || '0') + 1));
  const cutoff = new Date();
  cutoff.setDate(cutoff.getDate() - DAYS);
  for (const each of JSON.parse(DataKeys())) {
    if (!each.startsWith('events_')) continue;
    if (new Date(each.replace('events_', '')) < cutoff) {
      DataDelete(each);
      Info('removed ' + each);
    }
  }
  Info(JSON.parse(DataKeys()).join(','));
}
