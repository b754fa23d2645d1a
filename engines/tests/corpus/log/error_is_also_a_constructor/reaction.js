class Custom extends Error {
  constructor(message) {
    super(message);
    this.name = 'Custom';
  }
}

function process(data) {
  const logged = Error('a log line');
  const made = new Error('made');
  Info((made instanceof Error) + ' ' + made.name + ' ' + made.message);
  const custom = new Custom('sub');
  Info((custom instanceof Custom) + ' ' + (custom instanceof Error) + ' ' + (typeof custom.stack === 'string') + ' ' + custom);
  Info((new TypeError('t') instanceof Error) + ' ' + new TypeError('t').name);
  try {
    throw new Error('thrown');
  } catch (error) {
    Info('caught ' + error.message + ' ' + (error instanceof Error));
  }
  Info(typeof Error + ' ' + Error.name + ' ' + Error.length);
  Info('cause ' + new Error('with', { cause: 7 }).cause);
  Info(String(logged));
}
