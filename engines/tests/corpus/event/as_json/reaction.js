function process(data) {
  const untouched = JSON.stringify(data);
  const walk = (value) => {
    if (value !== null && typeof value === 'object') for (const key of Object.keys(value)) walk(value[key]);
  };
  walk(data);
  const walked = JSON.stringify(data);
  const parsed = JSON.parse(untouched);
  Info([untouched === walked, JSON.stringify(parsed) === untouched, JSON.stringify(data, null, 2) === JSON.stringify(parsed, null, 2)].join(' '));
  Info([parsed.uuid, parsed.process.comm, parsed.flow.remote.port, parsed.background.ancestry.length].join(' '));
}
