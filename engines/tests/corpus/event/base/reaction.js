function process(data) {
  const base = data.base;
  Info([base.uuid, base.timestamp, base.note, base.background.ancestry[0].pid, base.score, base.scenario].join(' '));
  Info('attenuator ' + ('attenuator' in base) + ', process ' + ('process' in base));
  Info(JSON.stringify(base.background) === JSON.stringify(data.background));
}
