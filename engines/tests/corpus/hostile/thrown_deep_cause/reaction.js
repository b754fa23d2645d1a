function process(data) {
  let error = new Error('first');
  for (let n = 0; n < 10000; n += 1) error = new Error('next', { cause: error });
  error.cause.cause = error;
  throw error;
}
