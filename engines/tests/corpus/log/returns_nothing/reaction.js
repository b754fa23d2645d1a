function process(data) {
  const got = Info('x');
  Info(JSON.stringify(got === undefined ? null : got));
}
