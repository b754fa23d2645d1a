let counter = 0;
const LIST = ['a'];
const SEEN = new Map();
const MATCHER = /a/g;

function process(data) {
  counter += 1;
  Info(counter + ' ' + LIST.join(',') + ' ' + SEEN.size + ' ' + MATCHER.lastIndex);
  LIST.push('b');
  SEEN.set('k', 'v');
  MATCHER.test('aaa');
}
