//! Nothing that an invocation does is visible to a later one: a script that vandalises what it can reach runs first, then a probe describes the whole
//! world that it can reach, which must be the world of a fresh machine.

use proptest::prelude::*;

use super::host::*;

/// Walks every object that is reachable, through properties, prototypes, accessors and what iterators and functions give, into one text.
const PROBE: &str = r"
let calls = 0;
const counter = { n: 0 };
class Kept { static count = 0; static #hidden = 0; static bump() { return ++Kept.count + ++Kept.#hidden } }
const cooked = (strings) => strings;
const template = () => cooked`t${1}`;
const pattern = /x/g, seen0 = new Set(), once = Symbol.for('shared');
function process(data) {
    const lines = [];
    const roots = [globalThis, data, counter, Kept, template(), pattern, seen0, process,
        [][Symbol.iterator](), ''[Symbol.iterator](), new Map().entries(), new Set().entries(), 'a'.matchAll(/a/g), function* () {}, (function* () {})(),
        async function () {}, async function* () {}, (async function* () {})(), Iterator.from({ next() {} }), [].values().map(x => x),
        Object.getPrototypeOf(Uint8Array), (function () { return arguments })(), Promise.resolve(), new Proxy({}, {}), new Error('e'), new Date(0), 1n, once];
    const ids = new Map(), queue = [];
    const id = v => {
        if (typeof v === 'symbol') return v.toString();
        if (typeof v === 'string') return JSON.stringify(v);
        if (typeof v === 'bigint' || (typeof v !== 'object' && typeof v !== 'function') || v === null) return Object.is(v, -0) ? '-0' : String(v);
        if (!ids.has(v)) { ids.set(v, ids.size); queue.push(v) }
        return '#' + ids.get(v);
    };
    for (const root of roots) lines.push(id(root));
    while (queue.length) {
        const o = queue.shift();
        let text = id(o) + ' ' + typeof o + ' ' + Object.isExtensible(o) + ' ^' + id(Object.getPrototypeOf(o));
        for (const k of Reflect.ownKeys(o)) {
            const d = Object.getOwnPropertyDescriptor(o, k);
            text += '\n  ' + String(k) + ' ' + (d.enumerable ? 'e' : '') + (d.configurable ? 'c' : '') + (d.writable ? 'w' : '') + ' ';
            text += 'value' in d ? id(d.value) : id(d.get) + ' ' + id(d.set);
        }
        lines.push(text);
    }
    lines.push(String(++calls) + ++counter.n + Kept.bump() + pattern.test('x') + pattern.lastIndex + seen0.size, template() === template(), Math.random(), Date.now());
    lines.push(new Error('m').stack, typeof leaked, Symbol.keyFor(once), String(Object.isFrozen(template())));
    try { null.x } catch (e) { lines.push(e.message + e.stack) }
    lines.push(JSON.stringify(data), Object.prototype.toString.call(data), [3, 1, 2].sort().join(), 'aXb'.replace(/x/i, '-'), `${data}`);
    seen0.add(1);
    Info(lines.join('\n'));
}
";

/// Statements that leave something behind where anything can.
const VANDALS: &[&str] = &[
    "globalThis.leaked = 1",
    "leaked = data",
    "var x = 1; this.y = 2",
    "Array.prototype.map = () => 'evil'",
    "Array.prototype[Symbol.iterator] = null",
    "Object.prototype.evil = 1",
    "Object.prototype.toJSON = () => 'evil'",
    "Object.defineProperty(Object.prototype, 'get', { get() { return 1 }, configurable: true })",
    "JSON.stringify = () => 'evil'; JSON.parse = null",
    "Math.random = () => 4; Math.evil = 1",
    "Date.now = () => 0; Date.prototype.getTime = null; Date = null",
    "Info.evil = 1; Info = null",
    "Error = null",
    "Error.prepareStackTrace = () => 'evil'",
    "Error.stackTraceLimit = 0",
    "Error.prototype.name = 'Evil'; TypeError.prototype.message = 'evil'",
    "Object.getPrototypeOf([][Symbol.iterator]()).next = () => ({ done: true })",
    "Object.getPrototypeOf(function* () {}).evil = 1; Object.getPrototypeOf((function* () {})()).evil = 1",
    "Object.getPrototypeOf(async function () {}).evil = 1; Object.getPrototypeOf((async function* () {})()).evil = 1",
    "Object.getPrototypeOf(Iterator.from({ next() {} })).evil = 1; Object.getPrototypeOf([].values().map(x => x)).evil = 1",
    "Object.getPrototypeOf('a'.matchAll(/a/g)).evil = 1",
    "Object.setPrototypeOf(Array.prototype, null)",
    "Object.setPrototypeOf(Function.prototype, { evil: 1, __proto__: Object.prototype })",
    "Object.freeze(Object.prototype); Object.freeze(Array.prototype); Object.freeze(globalThis)",
    "delete globalThis.Map; delete globalThis.Promise; delete Array.prototype.push",
    "Promise.prototype.then = null; Promise.resolve = null",
    "Promise.resolve().then(() => { globalThis.late = 1 })",
    "Promise.reject(new Error('unhandled'))",
    "queueMicrotask(() => { throw 1 })",
    "Symbol.for('shared').description; Symbol.for('fresh' + Math.random())",
    "RegExp.prototype.exec = () => null; /(x)/.exec('x'); RegExp.prototype.lastIndex = 5",
    "String.prototype.replace = null; String.prototype.zz = 1",
    "data.process = 1; delete data.file; Object.freeze(data)",
    "data.file?.names?.push('evil')",
    "Object.setPrototypeOf(data, { evil: 1 })",
    "kind = name = uuid = 'evil'",
    "Object.defineProperty(globalThis, 'kind', { value: 1, configurable: false })",
    "process = null",
    "for (const k of Reflect.ownKeys(globalThis)) try { delete globalThis[k] } catch {}",
    "for (const k of Reflect.ownKeys(Array.prototype)) try { Array.prototype[k] = null } catch {}",
    "const big = []; for (let i = 0; i < 1e5; i++) big.push({ i }); globalThis.big = big",
    "const a = {}; a.a = a; globalThis.cycle = a",
    "Function.prototype.toString = () => 'evil'; Function.prototype[Symbol.hasInstance]",
    "throw new Error('x')",
    "for (;;);",
    "for (;;) leak.push('x'.repeat(1e6)); var leak",
    "var leak = []; for (;;) leak.push('x'.repeat(1e6))",
    "(function f() { f() })()",
    "Stop()",
    "new Uint8Array(1e6).fill(7); new ArrayBuffer(100).transfer?.()",
    "class E extends Array { static get [Symbol.species]() { return null } } Array.prototype.constructor = E",
    "Reflect.ownKeys = () => []; Object.getOwnPropertyDescriptor = () => null",
    "Intl = 1; console = 2; undefinedGlobal ??= 3; var undefinedGlobal",
    "Number.prototype.toString = () => 'evil'; BigInt.prototype.evil = 1; Symbol.prototype.evil = 1",
    "let n = 0; for (let i = 0; i < 500; i++) globalThis['g' + i] = Symbol('s' + i)",
    "'x'.normalize(); 'İ'.toLocaleLowerCase('tr'); [1, 2].toLocaleString()",
    "const it = [1, 2][Symbol.iterator](); it.next(); globalThis.it = it",
    "JSON.stringify(data); Object.keys(data); structure = { ...data }",
];

fn fingerprint(
    machine: &mut dyn reactant_core::engine::Machine,
    probe: reactant_core::engine::ScriptId,
) -> String {
    let mut host = Host::default();
    let data = packed(EVENT);
    run_on(machine, probe, &data, &mut host, &limits()).unwrap();
    host.logged().join("\n")
}

const EVENT: &str = r#"{"process":{"pid":1,"cmd":"x"},"file":{"names":["a"],"own-key":{"0":1}}}"#;

proptest! {
    #![proptest_config(ProptestConfig { cases: 60, ..ProptestConfig::default() })]

    #[test]
    fn the_world_after_a_vandal_is_the_pristine_one(
        statements in prop::collection::vec(prop::sample::select(VANDALS), 1..6),
        at_load in any::<bool>(),
    ) {
        let limits = reactant_core::limits::Limits {
            timeout: std::time::Duration::from_millis(100), memory: 8 << 20, ..limits()
        };
        let mut machine = machine();
        let probe = load(&mut *machine, PROBE).unwrap();
        let pristine = fingerprint(&mut *machine, probe);
        prop_assert!(pristine.len() > 50_000, "{}", pristine.len());
        let body: Vec<String> = statements.iter().map(|s| format!("try {{ {s} }} catch {{}}")).collect();
        let body = body.join("\n");
        let text = if at_load {
            format!("{{\n{body}\n}}\nfunction process(data) {{ {body} }}")
        } else {
            format!("function process(data) {{ {body} }}")
        };
        let source = reactant_core::engine::Source { name: "v.js".into(), text: text.into() };
        if let Ok(vandal) = machine.load(&source, &limits) {
            for _ in 0..2 {
                let _ = run_on(&mut *machine, vandal, &packed(EVENT), &mut Host::default(), &limits);
                prop_assert_eq!(&fingerprint(&mut *machine, probe), &pristine);
            }
        }
        prop_assert_eq!(&fingerprint(&mut *machine, probe), &pristine);
        // A script that is loaded now begins in the same world.
        let again = load(&mut *machine, PROBE).unwrap();
        prop_assert_eq!(&fingerprint(&mut *machine, again), &pristine);
    }
}

#[test]
fn each_vandal_parses() {
    for statement in VANDALS {
        let mut machine = machine();
        load(&mut *machine, &format!("function process(data) {{ {statement} }}")).unwrap();
    }
}

#[test]
fn two_machines_have_the_same_world() {
    let prints: Vec<String> = (0..2)
        .map(|_| {
            let mut machine = machine();
            let probe = load(&mut *machine, PROBE).unwrap();
            fingerprint(&mut *machine, probe)
        })
        .collect();
    assert_eq!(prints[0], prints[1]);
}
