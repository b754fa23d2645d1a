//! Scripts that mean harm: each ends as it should within twice its deadline, and the next one on the machine runs as if nothing had been.

use std::time::{Duration, Instant};

use reactant_core::{
    engine::Halt,
    limits::{Limits, Stop},
};

use super::host::*;

const DEADLINE: Duration = Duration::from_millis(400);

enum End {
    Timeout,
    Memory,
    /// Whichever limit is met first.
    Limit,
    /// An error whose message begins so.
    Threw(&'static str),
    /// A limit or an error of its own, whichever this machine's speed brings first.
    LimitOrThrew,
    /// Either an ordinary end or an error of its own, in time.
    Harmless,
}
use End::{Harmless, Limit, LimitOrThrew, Memory, Threw, Timeout};

/// The body of `process(data)`.
const SCRIPTS: &[(&str, End)] = &[
    // Loops.
    ("for (;;);", Timeout),
    ("while (true) { try { throw 1 } catch { } finally { continue } }", Timeout),
    ("do { x = 1 } while (1); var x", Timeout),
    ("const f = () => { for (;;) { try { f() } catch {} } }; f()", Timeout),
    ("for (const x of (function* () { for (;;) yield 1 })());", Timeout),
    ("label: for (;;) { try { continue label } finally { continue label } }", Timeout),
    ("for (const k in new Proxy({}, { ownKeys() { for (;;); } }));", Timeout),
    // Recursion.
    ("const f = () => f(); f()", Threw("RangeError: Maximum call stack size exceeded")),
    ("const f = () => { try { f() } catch { } f() }; f()", Timeout),
    ("class A { get x() { return this.x } } new A().x", Threw("RangeError")),
    ("const o = { toString() { return '' + o } }; '' + o", Threw("RangeError")),
    ("const p = new Proxy({}, { get(t, k, r) { return r[k] } }); p.x", Threw("RangeError")),
    ("[1].sort.call([2, 1], function f() { return [2, 1].sort(f) })", Threw("RangeError")),
    ("'x'.replace(/x/, function f() { return 'x'.replace(/x/, f) })", Threw("RangeError")),
    // Allocation.
    ("const a = []; for (;;) a.push({})", Limit),
    ("let s = 'x'; for (;;) s += s", Threw("InternalError: string too long")),
    ("try { 'a'.repeat(2 ** 29) } catch {} 'a'.repeat(2 ** 29).length", Limit),
    ("new ArrayBuffer(2 ** 30)", Memory),
    ("new Array(1e8).fill(0)", Limit),
    ("for (;;) try { new Uint8Array(1e9) } catch {}", Memory),
    ("const m = new Map(); for (let i = 0; ; i++) m.set(i, m)", Limit),
    ("let o = {}; for (;;) o = { o }", Limit),
    ("'x'.padEnd(2 ** 29).padStart(2 ** 29 + 5)", Limit),
    ("const a = []; for (let i = 0; ; i++) { try { a.push('x' + i) } catch {} finally {} }", Limit),
    ("[].concat(...Array(6e4).fill(Array(1e4).fill(1)))", Limit),
    ("[].concat(...Array(1e5).fill(Array(1e4).fill(1)))", Threw("RangeError")),
    ("for (let i = 0n; ; i = (i << 1000n) + 1n);", Threw("RangeError")),
    ("Symbol('x'.repeat(1e8))", Limit),
    ("const d = {}; for (let i = 0; ; i++) d['k' + i] = i", Limit),
    // Natives that do not poll.
    ("const h = 'a'.repeat(4e6); h.indexOf('a'.repeat(2e6) + 'b')", Timeout),
    ("Array.prototype.join.call({ length: 2 ** 53 - 1 })", Limit),
    ("Array.prototype.reverse.call({ length: 2 ** 53 - 1 })", Timeout),
    ("Array.prototype.unshift.call({ length: 2 ** 53 - 10 }, 1)", Timeout),
    ("Array.prototype.splice.call({ length: 2 ** 53 - 1 }, 0, 1)", Timeout),
    (
        "Array.prototype.concat.call({ length: 2 ** 53 - 1, [Symbol.isConcatSpreadable]: true })",
        Timeout,
    ),
    ("Array.prototype.indexOf.call({ length: 2 ** 53 - 1 }, 1)", Timeout),
    ("Array.prototype.includes.call(new Proxy({ length: 2 ** 53 - 1 }, {}), 1)", Timeout),
    ("Array.prototype.fill.call({ length: 2 ** 53 - 1, __proto__: { set 0(x) {} } }, 1)", Limit),
    ("(7n ** 300000n).toString()", Timeout),
    ("let n = 3n ** 20000n; for (;;) n *= n", LimitOrThrew),
    ("try { Array(1e8).join() } catch {} for (;;);", Limit),
    (
        "'aB'.repeat(6e6).toUpperCase().toLowerCase(); for (;;) 'aB'.repeat(6e5).toUpperCase()",
        Limit,
    ),
    ("const s = 'e\\u0301'.repeat(1e6); for (;;) s.normalize('NFKD')", Limit),
    ("const s = 'é'.repeat(1e6); for (;;) s.localeCompare(s + 'x')", Limit),
    (
        "const a = Array.from({ length: 3e5 }, (_, i) => -i); for (;;) a.toSorted((x, y) => x - y)",
        Limit,
    ),
    ("const s = '[' + '1,'.repeat(1e6) + '1]'; for (;;) JSON.parse(s)", Limit),
    ("const s = 'x'.repeat(1e6); for (;;) JSON.stringify(s)", Limit),
    ("const s = 'ab'.repeat(1e6); for (;;) s.split('').length", Limit),
    (
        "const s = 'a'.repeat(1e6); for (;;) s.replaceAll('a', 'b').lastIndexOf('c'.repeat(9e5))",
        Limit,
    ),
    ("const t = new Float64Array(5e5).map((_, i) => -i); for (;;) t.toSorted()", Limit),
    ("for (;;) encodeURIComponent('é'.repeat(1e6))", Limit),
    (
        "const o = {}; for (let i = 0; i < 4e4; i++) o['k' + i] = i; for (;;) Object.assign({}, o)",
        Limit,
    ),
    // Regular expressions.
    ("/^(a+)+$/.test('a'.repeat(50) + 'b')", Timeout),
    ("/(.*)*x/.test('y'.repeat(5000))", Limit),
    ("/^(([a-z])+.)+[A-Z]([a-z])+$/.test('a'.repeat(60))", Timeout),
    ("new RegExp('('.repeat(1e5) + ')'.repeat(1e5))", Threw("SyntaxError")),
    ("new RegExp('a{1,1000}'.repeat(1000)).test('a'.repeat(1e6))", Limit),
    ("/(?=(a+))a*b\\1/.test('a'.repeat(30000))", Timeout),
    // Prototypes.
    (
        "Object.prototype.then = f => { for (;;); }; Object.prototype[Symbol.iterator] = null",
        Harmless,
    ),
    (
        "Array.prototype[Symbol.iterator] = function* () { for (;;) yield 1 }; const [...a] = [1]",
        Memory,
    ),
    ("Object.defineProperty(Object.prototype, 'x', { get() { for (;;); } }); ({}).x", Timeout),
    ("Promise.prototype.then = () => { for (;;); }; return Promise.resolve()", Harmless),
    ("Function.prototype.call = Function.prototype.apply = null; data.x = 1", Harmless),
    ("delete globalThis.Object; delete globalThis.Array; delete globalThis.JSON", Harmless),
    (
        "for (const k of Reflect.ownKeys(globalThis)) try { globalThis[k] = null } catch {}",
        Harmless,
    ),
    // Getters, proxies and conversions on the way to the host.
    ("Text({ toString() { for (;;); } })", Harmless),
    ("Echo(new Proxy([], { get() { for (;;); } }))", Harmless),
    ("Echo({ get a() { for (;;); } })", Harmless),
    ("let o = {}; for (let i = 0; i < 1e5; i++) o = { o }; Echo(o)", Harmless),
    ("Echo(Array(2 ** 32 - 1))", Harmless),
    ("Text('x'.repeat(5e6))", Harmless),
    // Thrown oddities.
    ("throw { get message() { for (;;); }, get stack() { for (;;); } }", Threw("{")),
    ("throw new Proxy(new Error('x'), { get() { for (;;); } })", Threw("an object was thrown")),
    (
        "const e = new Error('x'); Object.defineProperty(e, 'name', { get() { for (;;); } }); throw e",
        Threw("Error: x"),
    ),
    ("const e = new Error('x'.repeat(4e6)); throw e", Threw("Error: xxx")),
    (
        "let e = new Error('x'); for (let i = 0; i < 1e4; i++) e = Object.create(e); throw e",
        Threw("{}"),
    ),
    (
        "class E extends Error { get [Symbol.toStringTag]() { for (;;); } } throw new E('x')",
        Threw("Error: x"),
    ),
    ("throw (() => { const a = []; a[0] = a; return a })()", Threw("[")),
    // Microtasks.
    ("(function f() { Promise.resolve().then(f) })()", Timeout),
    ("(async () => { for (;;) await null })()", Timeout),
    ("const f = () => { queueMicrotask(f); queueMicrotask(f) }; f()", Limit),
    ("return new Promise(() => {})", Threw("the promise")),
    ("return { then(f) { f(this) } }", Harmless),
    ("for (;;) Promise.reject(1)", Limit),
    ("return (async function f() { await f() })()", Threw("RangeError")),
    ("(async function* () { try { yield 1 } finally { for (;;); } })().return()", Harmless),
    ("(async () => { try { await 1; for (;;); } finally { for (;;); } })()", Timeout),
    // Deep and large JSON.
    ("JSON.parse('['.repeat(1e6))", Threw("RangeError")),
    ("JSON.parse('{\"a\":'.repeat(1e5) + '1' + '}'.repeat(1e5))", Threw("RangeError")),
    ("let a = []; for (let i = 0; i < 1e5; i++) a = [a]; JSON.stringify(a)", Threw("RangeError")),
    ("JSON.stringify({ toJSON() { for (;;); } })", Timeout),
    (
        "JSON.parse('[1]', function f(k, v) { return k === '' ? v : JSON.parse('[1]', f) })",
        Threw("RangeError"),
    ),
    ("JSON.stringify(Array(1e7))", Limit),
    // Deep syntax and data.
    ("let o = null; for (let i = 0; i < 2e5; i++) o = [o]; o.flat(Infinity)", Limit),
    (
        "let f = x => x; for (let i = 0; i < 2e4; i++) { const g = f; f = x => g(x) } f(1)",
        Threw("RangeError"),
    ),
    ("let f = x => x; for (let i = 0; i < 1e5; i++) f = f.bind(null); f(1)", Limit),
    ("let s = ''; for (let i = 0; i < 2e3; i++) s = 'a' + s + 'b'; s.charAt(5)", Harmless),
];

#[test]
fn every_hostile_script_ends_in_time_and_leaves_nothing() {
    let limits = Limits { timeout: DEADLINE, memory: 16 << 20, ..limits() };
    let mut machine = machine();
    let probe = load(
        &mut *machine,
        "let n = 0; function process(data) { Info(`${++n} ${data.a.b} ${JSON.stringify(data)} ${[3, 1, 2].sort()} ${Object.keys(globalThis)}`) }",
    )
    .unwrap();
    let data = packed(r#"{"a":{"b":[1,{"c":null}]}}"#);
    let mut expected = Host::default();
    run_on(&mut *machine, probe, &data, &mut expected, &self::limits()).unwrap();
    let mut failures = Vec::new();
    for (body, end) in SCRIPTS {
        let script =
            load(&mut *machine, &format!("function process(data) {{\n{body}\n}}")).unwrap();
        let start = Instant::now();
        let outcome = run_on(&mut *machine, script, &data, &mut Host::default(), &limits);
        let took = start.elapsed();
        let as_expected = match (end, &outcome) {
            (Timeout, Err(Halt::Stopped(Stop::Timeout)))
            | (Memory, Err(Halt::Stopped(Stop::Memory)))
            | (Limit, Err(Halt::Stopped(Stop::Timeout | Stop::Memory)))
            | (LimitOrThrew, Err(_))
            | (Harmless, Ok(()) | Err(Halt::Threw(_))) => true,
            (Threw(message), Err(Halt::Threw(error))) => error.message.starts_with(message),
            _ => false,
        };
        if !as_expected || took > 2 * DEADLINE {
            failures.push(format!("{body}\n  {outcome:?} after {took:?}"));
        }
        let mut after = Host::default();
        let next = run_on(&mut *machine, probe, &data, &mut after, &self::limits());
        assert_eq!((next, &after.calls), (Ok(()), &expected.calls), "after {body}");
    }
    assert!(failures.is_empty(), "{}", failures.join("\n"));
}

#[test]
fn sources_that_are_too_deep_do_not_load() {
    let mut machine = machine();
    for text in [
        "(".repeat(100_000),
        format!("x = {}1{}", "[".repeat(100_000), "]".repeat(100_000)),
        "{".repeat(100_000),
        format!("x = {}1", "-".repeat(1_000_000)),
        format!("x = {}", "a => ".repeat(100_000)),
        "`${".repeat(100_000),
        format!("x = {}1", "!".repeat(1_000_000)),
        format!("x = 1{}", " + 1".repeat(200_000)),
        "\0".into(),
        "function process() {}\0 not read".into(),
        format!("/{}{}/", "(".repeat(50_000), ")".repeat(50_000)),
    ] {
        let begin: String = text.chars().take(20).collect();
        assert!(load(&mut *machine, &text).is_err(), "{begin}");
    }
    assert!(load(&mut *machine, "function process() {}").is_ok());
}

#[test]
fn a_slow_helper_is_not_interrupted_but_ends_the_invocation() {
    let limits = Limits { timeout: Duration::from_millis(20), ..limits() };
    let mut machine = machine();
    let script = load(&mut *machine, "function process() { Slow(); for (;;); }").unwrap();
    let mut host = Host::default();
    let outcome = run_on(&mut *machine, script, &packed("{}"), &mut host, &limits);
    assert_eq!(outcome, Err(Stop::Timeout.into()));
    assert_eq!(host.calls.len(), 1);
}

#[test]
fn cycles_do_not_use_up_the_memory() {
    let log = logged(
        "for (let i = 0; i < 3e5; i++) { const a = { i, view: data.process, child: Object.create(data.file) }; a.a = a }
        data.file.self = data.file; Info(data.process.cmd + data.file.self.self.path)",
        r#"{"process":{"cmd":"c"},"file":{"path":"p"}}"#,
    );
    assert_eq!(log, ["cp"]);
}

#[test]
fn memory_that_is_let_go_of_can_be_used_again() {
    for body in [
        "let s = ''; for (let i = 0; i < 5e4; i++) s += 'line ' + i + '\\n'; if (s.split('\\n').length !== 50001) throw s.length",
        "for (let i = 0; i < 200; i++) { let a = []; for (let j = 0; j < 1e4; j++) a.push(j) }",
        "for (let i = 1; i < 600; i++) 'x'.repeat(i * 100).toUpperCase()",
        "const a = []; for (let i = 0; i < 500; i++) { a.push('y'.repeat(20000)); if (a.length > 50) a.splice(0, 25) }",
    ] {
        assert_eq!(run(&format!("function process() {{ {body} }}"), "{}").0, Ok(()), "{body}");
    }
}

/// Does a little of everything, for longer than it will be given.
const BUSY: &str = "
class Kept { static n = 0 }
async function process(data) {
    Kept.n++;
    for (let i = 0; ; i++) {
        const copy = { ...data.process, i, list: [...data.list] };
        data['k' + i % 50] = JSON.parse(JSON.stringify(copy));
        delete data['k' + (i + 25) % 50];
        Text('line ' + i + Echo({ copy })); Text(String(new Date(i)) + Math.random());
        [3, 1, 2].sort((a, b) => a - b).map(String).join().replace(/(\\d)/g, (m) => m + m).normalize();
        const cycle = { copy, data }; cycle.cycle = cycle;
        try { null.x } catch (e) { Text(e.stack) }
        await null; await Promise.allSettled([Promise.reject(i), new Promise(r => r(2n ** 100n))]);
        'x'.repeat(i * 100).toUpperCase().indexOf('y'); Object.freeze(copy.list); for (const k in data) Text(k);
        new Map(Object.entries(data)).forEach((v, k) => Reflect.ownKeys(Object(v)));
    }
}";

/// Wherever a deadline or a refused allocation falls: in the engine, the C library, a helper, a conversion or a view; on several threads at once.
#[test]
fn a_script_cut_off_anywhere_leaves_nothing() {
    let event = r#"{"process":{"pid":1,"cmd":"c","file":{"path":"p"}},"list":[1,{"pid":2},[3]]}"#;
    let worker = |seed: u64| {
        let mut machine = machine();
        let data = packed(event);
        let busy = load(&mut *machine, BUSY).unwrap();
        let probe = load(
            &mut *machine,
            "let n = 0; function process(data) { Info([++n, JSON.stringify(data), Object.keys(globalThis), [2, 1].sort(), Math.random()].join()) }",
        )
        .unwrap();
        let mut expected = Host::default();
        run_on(&mut *machine, probe, &data, &mut expected, &limits()).unwrap();
        let mut random = seed;
        for _ in 0..150 {
            random = random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            let limits = Limits {
                timeout: Duration::from_micros((random >> 33) % 5000),
                memory: (random >> 20) as usize % (2 << 20),
                ..limits()
            };
            let outcome = run_on(&mut *machine, busy, &data, &mut Host::default(), &limits);
            assert!(
                matches!(outcome, Err(Halt::Stopped(Stop::Timeout | Stop::Memory))),
                "{limits:?}: {outcome:?}"
            );
            let mut after = Host::default();
            run_on(&mut *machine, probe, &data, &mut after, &self::limits()).unwrap();
            assert_eq!(after.calls, expected.calls, "{limits:?}");
        }
    };
    std::thread::scope(|scope| {
        for seed in 1..=4 {
            let thread = std::thread::Builder::new().stack_size(2 << 20);
            thread.spawn_scoped(scope, move || worker(seed)).unwrap();
        }
    });
}
