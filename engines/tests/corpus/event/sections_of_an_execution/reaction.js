function process(data) {
  const has = (name) => name + ' ' + (data[name] !== undefined && data[name] !== null);
  Info(['process', 'metadata', 'background', 'base'].map(has).join(', ') + ', ancestry ' + data.background.ancestry.length);
  Info([has('file'), has('flow'), 'flows ' + !!data.background.flows, 'files ' + !!data.background.files, has('containers')].join(', '));
  Info(data.event_type + ' ' + kind + ' ' + name);
}
