function process(data) {
  const same = data.background === data.background;
  data.background.ancestry[0].pid = 5;
  Info(same + ' ' + (data.process === data.process) + ' ' + data.background.ancestry[0].pid);
}
