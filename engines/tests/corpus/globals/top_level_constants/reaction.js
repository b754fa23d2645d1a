const WORDS = ['wget', 'curl', 'nc'];
const PATTERN = /\bcurl\b/;
const VERSION = 'v' + 2;

function square(n) {
  return n * n;
}

const SQUARE = square(5);

function process(data) {
  Info([WORDS.length, PATTERN.test('a curl b'), VERSION, SQUARE].join(' '));
}
