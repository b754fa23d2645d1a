function process(data) {
  Info('before');
  try {
    for (;;);
  } catch (error) {
    Info('caught');
  } finally {
    DataSet('after', 'yes');
    CreateTempDir();
  }
  Info('after');
}
