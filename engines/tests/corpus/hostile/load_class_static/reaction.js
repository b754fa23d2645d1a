class Odd {
  static {
    for (;;);
  }
}

function process(data) {}
