One error each, placed at the mark: a member read at the name or the bracket; a call at the name that is called, else at its parenthesis; `new`, `throw`,
`await`, `yield`, `delete`, `import` and `super` at the word; an operator and an assignment at its sign; a destructured property at its key, an element at its
target, a list at the bracket of its pattern; a spread at its dots; a loop at what it loops over; a template where it begins; a class at what it extends; a
variable at its name.
---
function process(data) { §throw 5 }
---
function process(data) { throw §new Error(1) }
---
function process(data) { data.§nope() }
---
function process(data) { let é = '😀', x = data.nope.§nope }
---
function process(data) {
  let z = 1;
  const {§q} = data.nope;
}
---
function process(data) {
  let z = 1;
  const {a: {§b}} = data;
}
---
function process(data) {
  const {
    a: {
      §b,
    },
  } = data;
}
---
function process(data) {
  let z = 1;
  const §[q] = data.nope;
}
---
function process(data) {
  let z = 1;
  let §[a] = 5;
}
---
function process(data) {
  for (const {
    a: {§b},
  } of [1]) {}
}
---
function process(data) {
  const o = {
    a: 1,
    ...null.§x,
  };
}
---
function process(data) {
  const o = {
    a: 1,
    §...new Proxy({}, { ownKeys: 5 }),
  };
}
---
function process(data) {
  const o = {
    a: 1,
    §[{ toString: null, valueOf: null }]: 2,
  };
}
---
function process(data) {
  const §{} = null;
}
---
function process(data) {
  const §{[data.x]: y} = null;
}
---
function process(data) {
  const §{...rest} = null;
}
---
const o = { get a() { §throw 1 } };
function process(data) {
  const {
    b,
    a,
  } = o;
}
---
function process(data) {
  const {
    a = 1,
    b = null.§x,
  } = data;
}
---
'use strict';
const frozen = Object.freeze({});
function process(data) {
  let a;
  ({
    a,
    y: §frozen.y,
  } = { y: 1 });
}
---
'use strict';
const c = 1;
function process(data) {
  let a;
  [
    a,
    §c,
  ] = [1, 2];
}
---
function process(data) {
  const [
    a,
    {§b},
  ] = [1, null];
}
---
function process(data) {
  const [
    a,
    §[b],
  ] = [1, 2];
}
---
function process(data) {
  const it = { [Symbol.iterator]() { return { next() { return 5 } } } };
  const [
    §a,
  ] = it;
}
---
function process(data) {
  const it = { [Symbol.iterator]() { return { next() { return 5 } } } };
  const [
    §...a
  ] = it;
}
---
function inner({
  a,
  b: {§c},
}) {}
function process(data) {
  inner({});
}
---
const inner = (a, [
  b, {§c},
]) => 1;
function process(data) {
  inner(1, [2]);
}
---
function process(data) {
  try {
    throw null;
  } catch ({
    §message,
  }) {}
}
---
function process(data) {
  let a, b;
  §[a, b] = 5;
}
---
function process(data) {
  let b;
  ({
    a: {
      §b,
    },
  } = data);
}
---
function process(data) {
  throw §new Error("no zz in " +
    JSON.stringify(Object.keys(data)));
}
---
function process(data) {
  data.§nope(
    String(1)
  );
}
---
function process(data) {
  throw §new TypeError(
    "a" +
    String(2)
  );
}
---
function process(data) {
  throw §new Error("outer", { cause: new Error("inner") });
}
---
function process(data) {
  const x = 1;
  §nope(
    x,
    String(x),
  );
}
---
function process(data) {
  let f;
  §f(
    String(1),
  );
}
---
function process(data) {
  return data
    .§nope(
      String(1),
    )
    .more();
}
---
function process(data) {
  data['nope']§(
    String(1),
  );
}
---
function process(data) {
  (() => 5)()§(
    String(1),
  );
}
---
function process(data) {
  data.nope?.x(1);
  data.nope?.(1);
  const o = { f: 5 };
  o?.§f(
    String(1),
  );
}
---
function process(data) {
  const o = { f: 5 };
  (o?.f)§(
    String(1),
  );
}
---
function process(data) {
  const x = 5;
  §new x(
    String(1),
  );
}
---
function process(data) {
  const x = { y: 5 };
  §new x
    .y;
}
---
function process(data) {
  const x = { y: {} };
  §new x
    .y
    .z(String(1));
}
---
function process(data) {
  [1].map(
    (x) =>
      x.nope.§y,
  );
}
---
function process(data) {
  JSON.§parse(
    '{' +
    String('x'),
  );
}
---
function process(data) {
  return JSON.§parse(
    '{' +
    String('x'),
  );
}
---
function process(data) {
  const f = 5;
  §f`
  ${data}
  `;
}
---
function process(data) {
  String(
    §...5,
    String(1),
  );
}
---
function process(data) {
  const f = 1;
  §f(
    ...[1],
    String(1),
  );
}
---
class A {}
function process(data) {
  String(1);
  §A(
    String(2),
  );
}
---
class A {}
class B extends A {}
function process(data) {
  String(1);
  §B(
    String(2),
  );
}
---
class A { constructor() { this.x = 1 } }
function process(data) {
  String(1);
  A.§call(
    String(2),
  );
}
---
function process(data) {
  data
    .a
    .§b
    .c;
}
---
function process(data) {
  data.a§[
    String(1)
  ];
}
---
function process(data) {
  data.nope?.b
    .c;
  data?.a.§b
    .c;
}
---
function process(data) {
  const n = null;
  String(1); n.§length;
}
---
function process(data) {
  data.a.b
    §= String(1);
}
---
function process(data) {
  const n = null;
  n.b
    §= String(1);
}
---
function process(data) {
  const n = null, k = 'k';
  n[k]
    §= String(1);
}
---
function process(data) {
  const n = null, k = 'k';
  n§[
    k
  ] += String(1);
}
---
'use strict';
const frozen = Object.freeze({ a: 1, b: null, c: [] });
function process(data) {
  frozen.a
    §= 2;
}
---
'use strict';
const frozen = Object.freeze({ a: 1, b: null, c: [] });
function process(data) {
  frozen.a
    §+= 2;
}
---
'use strict';
const frozen = Object.freeze({ a: 1, b: null, c: [] });
function process(data) {
  frozen['b']
    §??= 2;
}
---
'use strict';
const frozen = Object.freeze({ a: 1, b: null, c: [] });
function process(data) {
  frozen
    .a§++;
}
---
'use strict';
const frozen = Object.freeze([1]);
function process(data) {
  String(1);
  §--
    frozen[0];
}
---
const c = 1;
function process(data) {
  c
    §= 2;
}
---
function process(data) {
  const c = 1;
  for (§c of [2]) {}
}
---
'use strict';
function process(data) {
  undeclared
    §= String(1);
}
---
function process(data) {
  String(1);
  §later;
  let later = 1;
}
---
function process(data) {
  String(1) +
    §later;
  let later = 1;
  () => later;
}
---
function process(data) {
  1 +
    §undeclared;
}
---
function process(data) {
  const o = {
    a: 1,
    §undeclared,
  };
}
---
function process(data) {
  1n
    §+ 1;
}
---
function process(data) {
  let x = 1n, y = 1;
  x = x §+ y;
}
---
function process(data) {
  let x = 1n, y = 1;
  x §+= y;
}
---
function process(data) {
  let x = 'a', y = Symbol('x');
  x
    §+= y;
}
---
function process(data) {
  let x = { valueOf() { return Symbol('y') } };
  x§++;
}
---
function process(data) {
  const s = Symbol('x');
  §-
    s;
}
---
function process(data) {
  const s = Symbol('x');
  2 *
  2 §**
    s;
}
---
function process(data) {
  const s = Symbol('x');
  if (!data.a && 1 < 2 &&
    1 §< s) String(1);
}
---
function process(data) {
  'a'
    §in 'b';
}
---
function process(data) {
  data
    §instanceof 5;
}
---
class A { #x = 1; static has(o) { return (
  #x
    §in o) } }
function process(data) {
  A.has(5);
}
---
class A { #x = 1; static get(o) {
  return o
    .§#x } }
function process(data) {
  A.get({});
}
---
class A { #x = 1; static set(o) {
  o.#x
    §= 5 } }
function process(data) {
  A.set({});
}
---
class A { #m() {} static call(o) {
  o
    .§#m(
    String(1)) } }
function process(data) {
  A.call({});
}
---
function process(data) {
  const a = [
    1,
    §...5,
  ];
}
---
function process(data) {
  for (const x
    of §5) {}
}
---
function process(data) {
  for (const x of
    §data.list
      ?.slice) {}
}
---
function process(data) {
  const it = { [Symbol.iterator]() { return { next() { return 5 } } } };
  for (const x of §it) {
    String(1);
  }
}
---
function process(data) {
  const it = new Proxy({}, { ownKeys() { return 5 } });
  for (const x in §it) {
    String(1);
  }
}
---
function process(data) {
  const s = Symbol('x');
  String(1);
  return §`a
    ${data} b
    ${s}`;
}
---
function process(data) {
  if (!data.a) §throw {
    a: String(1),
  };
  throw { b: String(2) };
}
---
function process(data) {
  §throw (
    String(1)
  );
}
---
function fail() {
  §throw String(
    1);
}
function process(data) {
  fail();
}
---
function process(data) {
  try { throw 'first' } catch {}
  try { String(1) } finally { String(2) }
  §throw 'second';
}
---
async function process(data) {
  await 1;
  String(1);
  null.§x;
}
---
async function process(data) {
  await Promise.all(
    [data.nope.§x],
  );
}
---
async function process(data) {
  for await (const x of
    §5) {}
}
---
async function process(data) {
  String(1);
  await §import(
    String('x'),
  );
}
---
async function process(data) {
  String(1);
  await §import(
    Symbol('x'),
  );
}
---
function* numbers() {
  yield 1;
  §yield*
    5;
}
function process(data) {
  for (const x of numbers()) {}
}
---
function* numbers() {
  yield 1;
  yield data.nope
    .§x;
}
function process(data) {
  for (const x of numbers()) {}
}
---
const o = { m() {
    return null.§y;
  } };
function process(data) {
  o.m();
}
---
const o = {
  get m() {
    return null.§y;
  } };
function process(data) {
  o.m;
}
---
const f = () =>
  null.§y;
function process(data) {
  f();
}
---
const f = (a,
  b = null.§y) => 1;
function process(data) {
  f(1);
}
---
class A {
  f = null.§y;
}
function process(data) {
  new A();
}
---
class C { constructor(o) { return o } }
class D extends C {
  §f = String(1);
}
function process(data) {
  new D(Object.freeze({}));
}
---
class C { constructor(o) { return o } }
class D extends C {
  a = 1;
  §#p = 1;
}
function process(data) {
  const o = {};
  new D(o);
  new D(o);
}
---
function process(data) {
  class A {
    static a = 1;
    static b = null.§x;
  }
}
---
function process(data) {
  class A {
    static {
      null.§x;
    }
  }
}
---
function process(data) {
  class A
    extends §5 {}
}
---
function process(data) {
  class A {
    a() {}
    §[{ toString: null, valueOf: null }]() {}
  }
}
---
class A {}
class B extends A {
  constructor() {
    String(1);
    §this.x = 1;
    super();
  }
}
function process(data) {
  new B();
}
---
class A {}
class B extends A {
  constructor() {
    super();
    String(1);
    §super(
      String(1));
  }
}
function process(data) {
  new B();
}
---
class A {}
class B extends A {
  constructor() {
    super();
    String(1);
    super.§nope(
      String(1));
  }
}
function process(data) {
  new B();
}
---
class A {}
class B extends A {
  constructor() {
    super();
    §return 5;
  }
}
function process(data) {
  new B();
}
---
class A {}
class B extends A {
  a() {}
  §constructor() {
    String(1);
  }
}
function process(data) {
  new B();
}
---
'use strict';
const frozen = Object.freeze({ a: 1 });
function process(data) {
  String(1);
  §delete frozen
    .a;
}
---
'use strict';
const frozen = Object.freeze({ a: 1 });
function process(data) {
  String(1);
  §delete frozen
    ['a'];
}
---
const o = { get deep() { return this.§deep } };
function process(data) {
  String(1);
  o.deep;
}
---
function f(x) {
  [x];
  return 1 + §f(
    x + 1);
}
function process(data) {
  f(1);
}
---
function process(data) {
  §with (
    null) { String(1) }
}
---
function process(data) {
  with (
    data) { String(1); §x.y }
}
---
const o = {};
with (o) { var p = 1; }
function process(data) {
  with ({ get x() { return null } }) {
    x
      .§y;
  }
}
---
function process(data) {
  switch (data.a) {
    case 1:
      break;
    case null.§x:
      break;
  }
}
---
function process(data) {
  do {
    String(1);
  } while (null
    .§x);
}
---
function process(data) {
  for (let i = 0;
    i < 5;
    i = i.§nope()) {
    String(1);
  }
}
---
function process(data) {
  const f = function () {
    return (
      data
        .§nope(1)
    );
  };
  return f();
}
---
function process(data) {
  return data.a
    ? data.nope
    : data.nope
      .§x;
}
---
function process(data) {
  return data.nope
    || data.nope
      .§x;
}
