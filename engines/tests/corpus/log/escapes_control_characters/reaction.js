function process(data) {
  Info('a\nb\rc\td\u001b[2J\u0000\u007f\u009b');
  Info('\u202egnp.exe \u2028\u2066');
  Info('grüße 漢字 🦀 \\ "quoted" <b>');
}
