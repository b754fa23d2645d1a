function process(data) {
  Info('done');
  return { status: 'error', toString: null };
}
