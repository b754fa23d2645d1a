// Runs before and after each case on the same worker. It knows every object that can be reached from the global one and from the hidden prototypes,
// as they were when this script was loaded, and says `pristine` where all of them are still the same, hold the same, and work.

// What an invocation is given, and what this script adds to the world.
const CHANGES = new Set(['kind', 'name', 'uuid', 'data', 'process', 'reach', 'differences', 'works']);
const NONE = Symbol('none');

function reach() {
  const roots = [
    ['globalThis', globalThis],
    ['(array iterator)', Object.getPrototypeOf([][Symbol.iterator]())],
    ['(map iterator)', Object.getPrototypeOf(new Map().keys())],
    ['(set iterator)', Object.getPrototypeOf(new Set().keys())],
    ['(string iterator)', Object.getPrototypeOf(''[Symbol.iterator]())],
    ['(match iterator)', Object.getPrototypeOf('a'.matchAll(/a/g))],
    ['(generator function)', Object.getPrototypeOf(function* () {})],
    ['(async function)', Object.getPrototypeOf(async function () {})],
    ['(async generator function)', Object.getPrototypeOf(async function* () {})],
    ['(typed array)', Object.getPrototypeOf(Uint8Array)],
  ];
  const world = new Map();
  while (roots.length > 0) {
    const [path, object] = roots.pop();
    if (world.has(object)) continue;
    const held = new Map();
    world.set(object, { path, extensible: Object.isExtensible(object), prototype: Object.getPrototypeOf(object), held });
    if (Object.getPrototypeOf(object) !== null) roots.push([path + '.(prototype)', Object.getPrototypeOf(object)]);
    for (const key of Reflect.ownKeys(object)) {
      if (object === globalThis && CHANGES.has(key)) continue;
      const { value = NONE, get = NONE, set = NONE, writable, enumerable, configurable } = Object.getOwnPropertyDescriptor(object, key);
      held.set(key, [value, get, set, writable, enumerable, configurable]);
      for (const each of [value, get, set]) {
        if (typeof each === 'function' || (typeof each === 'object' && each !== null)) roots.push([path + '.' + String(key), each]);
      }
    }
  }
  return world;
}

const BEFORE = reach();

function differences() {
  const found = [];
  const now = reach();
  for (const [object, { path, extensible, prototype, held }] of now) {
    const then = BEFORE.get(object);
    if (then === undefined) {
      found.push(path + ' is new');
      continue;
    }
    if (then.extensible !== extensible) found.push(path + ' changed its extensibility');
    if (then.prototype !== prototype) found.push(path + ' changed its prototype');
    for (const [key, parts] of held) {
      const before = then.held.get(key);
      if (before === undefined) found.push(path + '.' + String(key) + ' was added');
      else if (!parts.every((part, index) => Object.is(part, before[index]))) found.push(path + '.' + String(key) + ' changed');
    }
    for (const key of then.held.keys()) if (!held.has(key)) found.push(path + '.' + String(key) + ' is gone');
  }
  for (const [object, { path }] of BEFORE) if (!now.has(object)) found.push(path + ' is out of reach');
  return found;
}

function works(data) {
  const checks = {
    json: JSON.stringify(JSON.parse('{"a":[1,{"b":null}],"c":"ü"}')) === '{"a":[1,{"b":null}],"c":"ü"}',
    math: Math.max(1, 3, 2) === 3 && Math.random() < 1,
    date: new Date(0).toISOString() === '1970-01-01T00:00:00.000Z',
    clock: Date.now() === NowMillis(),
    list: [3, 1, 2].sort().map((n) => n * 2).join() === '2,4,6',
    text: 'a-b'.split('-').reverse().join('') === 'ba' && `${1}` === '1',
    regex: /(\d+)/.exec('a12b')[1] === '12' && RegExp.$1 !== 'leaked',
    map: new Map([['a', 1]]).get('a') === 1 && [...new Set([1, 1])].length === 1,
    error: new Error('x') instanceof Error && typeof new Error('x').stack === 'string',
    plain: {}.polluted === undefined && Object.keys({}).length === 0,
    event: data.event_type === 'execution' && JSON.stringify(data).startsWith('{"uuid":'),
    globals: kind === 'probe' && name === 'probe' && uuid === data.uuid && Errno() === '',
  };
  return Object.keys(checks).filter((each) => !checks[each]);
}

function process(data) {
  const wrong = differences().concat(works(data));
  if (wrong.length > 0) throw new Error('not pristine: ' + wrong.slice(0, 10).join(', '));
  Info('pristine');
}
