function walk(value) {
  if (value !== null && typeof value === 'object') for (const key of Object.keys(value)) walk(value[key]);
}

function process(data) {
  for (;;) walk(data);
}
