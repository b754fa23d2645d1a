function process(data) {
  try {
    throw new Error('broken');
  } catch (error) {
    Info('caught ' + error.message);
  } finally {
    Info('cleaned');
  }
}
