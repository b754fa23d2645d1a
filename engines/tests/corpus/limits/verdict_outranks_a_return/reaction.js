function process(data) {
  Info('one');
  try {
    Info('two');
  } catch (error) {
    return 'fine';
  } finally {
    return 'fine';
  }
}
