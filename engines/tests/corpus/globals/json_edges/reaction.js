function tell(text) {
  try {
    JSON.parse(text);
    Info('read');
  } catch {
    Info('refused');
  }
}

function process() {
  tell('1e309');
  tell('"\\ud800"');
  tell('['.repeat(128) + ']'.repeat(128));
  tell('1e308');
  tell('"\\ud83d\\ude00"');
  tell('['.repeat(127) + ']'.repeat(127));
}
