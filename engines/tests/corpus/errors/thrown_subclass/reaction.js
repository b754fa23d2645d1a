class PolicyError extends Error {
  constructor(message) {
    super(message);
    this.name = 'PolicyError';
  }
}

function process(data) {
  throw new PolicyError('denied');
}
