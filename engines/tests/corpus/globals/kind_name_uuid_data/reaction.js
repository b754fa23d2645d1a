function process(event) {
  Info([kind, name, uuid, data.event_type].join(' '));
  Info((data === event) + ' ' + data.process.pid);
}
