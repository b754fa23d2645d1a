function process(data) {
  const file = data.file;
  Info([file.file, file.actions.join(','), file.open, file.llseek, !!file.execve].join(' '));
  Info([file.file, file.dir, file.basename].join(' '));
}
