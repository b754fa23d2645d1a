function process(data) {
  const { file, process } = data;
  Info([file.file, file.dir, file.basename, file.actions.join(','), file.open, file.read, file.write].join(' '));
  Info([process.pid, process.ppid, process.uid, process.comm, process.exe, process.cmd, process.args.join(' ')].join(' '));
  Info([file.owner.uid, file.permissions.mode, file.metadata.size, file.type].join(' '));
  Info(uuid + ' ' + data.timestamp + ' ' + (data.uuid === uuid));
}
