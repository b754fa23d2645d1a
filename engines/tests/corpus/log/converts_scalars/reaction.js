function process(data) {
  Info(42);
  Info(-7);
  Info(1.5);
  Info(true);
  Info(false);
  Info(1e21);
  Info(9007199254740991);
  Info('');
  Info(Errno());
}
