use std::panic::{AssertUnwindSafe, catch_unwind};

use reactant_core::{
    engine::{Halt, Position, ReactionEngine, Setup},
    helper::{HelperId, HelperSpec, ParamKind},
    limits::{Limits, Stop},
    value::{Opaque, Value},
};
use reactant_engine_quickjs::{Engine, Signal, WatchdogError};

use super::host::*;

fn at(line: u32, column: u32) -> Option<Position> {
    Some(Position { line, column })
}

#[test]
fn globals_and_argument_are_set() {
    let log = logged(
        "Info([kind, name, uuid].join()); Info(String(data === globalThis.data)); Info(data.a.b)",
        r#"{"a":{"b":"c"}}"#,
    );
    assert_eq!(log, ["k,n,u-1", "true", "c"]);
}

#[test]
fn process_may_be_any_function_value() {
    for text in [
        "function process(d) { Info(d.x) }",
        "const process = (d) => Info(d.x)",
        "let process = function (d) { Info(d.x) }",
        "var process = async function (d) { await null; Info(d.x) }",
        "async function process(d) { await 1; await 2; Info(d.x) }",
        "globalThis.process = d => { queueMicrotask(() => Info(d.x)) }",
    ] {
        let (outcome, host) = run(text, r#"{"x":"y"}"#);
        assert_eq!(outcome, Ok(()), "{text}");
        assert_eq!(host.logged(), ["y"], "{text}");
    }
}

#[test]
fn globals_may_be_declared_anew() {
    for (text, log) in [
        ("let data = 1; function process(d) { Info(d.x + data) }", "y1"),
        ("const name = 'own'; function process(d) { Info(d.x + name) }", "yown"),
        ("var name = 'own'; function process(d) { Info(d.x + name) }", "yown"),
        ("function kind() { return 'f' } function process(d) { Info(d.x + kind()) }", "yf"),
        ("var uuid; function process(d) { Info(uuid) }", "u-1"),
        ("class data {} function process(d) { Info(d.x + typeof data) }", "yfunction"),
        ("function process(d) { let kind = 1, name = 2, data = 3; Info(d.x + kind) }", "y1"),
        ("function process(data) { name = 'set'; Info(name) }", "set"),
    ] {
        let (outcome, host) = run(text, r#"{"x":"y"}"#);
        assert_eq!(outcome, Ok(()), "{text}");
        assert_eq!(host.logged(), [log], "{text}");
    }
}

#[test]
fn a_script_without_process_does_not_load() {
    for text in ["", "const x = 1", "const process = 1", "function Process() {}"] {
        let error = thrown(text);
        assert_eq!(error.message, "the script defines no function `process(data)`");
    }
}

#[test]
fn syntax_errors_have_their_place() {
    let error = thrown("function process(data) {\n  let x = ;\n}");
    assert!(error.message.starts_with("SyntaxError: "), "{}", error.message);
    assert_eq!(error.at, at(2, 11));
    let error = thrown("import x from 'y'; function process() {}");
    assert!(error.message.starts_with("SyntaxError: "), "{}", error.message);
}

#[test]
fn early_errors_have_the_place_where_they_stand() {
    let places = [
        ("let s = /(/;", 1, 9),
        ("/a/zz", 1, 1),
        ("// /(/\nlet t = '/(/', u = `/(/`;\n  let s = f(/ok/g, /(/);", 3, 20),
        ("let ok = /b/g;\n  let s = f(/[/, /a/gg);", 2, 13),
        ("let é = 'é'; /(?<n>a)(?<n>b)/u", 1, 14),
        ("function process() {}\n/a{2,1}/\n", 2, 1),
        ("class A {\n  f() { return this.#x; }\n}", 2, 21),
        ("/* #y */ x = '#y';\n  a.#y;", 2, 5),
        ("class A { #z; f() { this.#z } }\nnew A().#z; A.#zz", 2, 9),
        ("class A { f() { #q in this; this.#q } }", 1, 34),
        // The engine tells the token behind the assignment.
        ("\n  1 = 2;", 2, 7),
        ("let a;\n  let a;", 2, 8),
        ("\nlet s = 'a\\xZZ';", 2, 9),
        ("\nlet s = `a\\u{110000}`;", 2, 9),
        ("let s = 'é';\n  let t = 'é', let;", 2, 16),
        ("'use strict';\nlet n =\n  010;", 3, 3),
        ("\n  await 1;", 2, 9),
        ("async function f() {\n  let await = 1;\n}", 2, 7),
        ("x = 1;\n  /* never", 2, 3),
        ("x = 1;\n  let s = 'never;\n", 2, 11),
        ("x = 1;\n  let s = `never;\n\n", 2, 11),
        ("class A {\n  #x; #x;\n}", 2, 9),
        ("\n  break;", 2, 8),
        ("\n  return 1;", 2, 3),
        ("\n  @", 2, 3),
        ("let x = 1; \u{2028} let let;", 1, 18),
        ("let x = /[/v", 1, 9),
    ];
    for (text, line, column) in places {
        let error = thrown(text);
        assert!(error.message.starts_with("SyntaxError: "), "{text:?}: {}", error.message);
        assert_eq!(error.at, at(line, column), "{text:?}: {}", error.message);
    }
}

#[test]
fn an_early_error_in_a_large_script_is_found_in_time() {
    let lines = "let text = 'a'; function f(x) { return x / 2 / 3; }\n";
    let text = format!(
        "{}  /(/;\n{}",
        lines.replace("let", "var") + &"f(/a/g);\n".repeat(2000),
        "f();\n".repeat(2000)
    );
    assert_eq!(thrown(&text).at, at(2002, 3));
}

#[test]
fn columns_are_counted_in_characters() {
    let error = thrown("function process() {\n  let s = '😀é'; undefinedName;\n}");
    assert_eq!(error.at, at(2, 17));
    assert_eq!(error.trace[0].at, at(2, 17));
}

#[test]
fn what_is_thrown_does_not_take_the_place_of_an_error_that_was_not() {
    let error = thrown("function process() {\n  const kept = new Error('kept');\n  throw 5;\n}");
    assert_eq!((error.message.as_str(), error.at), ("5", None));
    let error = thrown("function process() {\n  throw 5;\n}");
    assert_eq!(error.at.map(|at| at.line), Some(2));
    let error =
        thrown("function process() {\n  return Promise.reject({\n a: new Error('x') });\n}");
    assert_eq!(error.at, None);
}

#[test]
fn a_process_that_cannot_answer_is_refused() {
    for (text, what) in [
        ("class process {}", "a class"),
        ("const process = class {};", "a class"),
        ("function* process() {}", "a generator"),
        ("async function* process() {}", "a generator"),
    ] {
        let error = thrown(text);
        assert!(error.message.starts_with(&format!("`process` is {what}, ")), "{}", error.message);
    }
    for text in [
        "function process() {}",
        "async function process() {}",
        "const process = () => {}",
        "const process = async () => {}",
        "const { process } = { process() {} }",
        "class A { static process() {} } const process = A.process",
        "const process = function () {}.bind(null)",
        "const process = new Proxy(function () {}, {})",
    ] {
        assert_eq!(run(text, "{}").0, Ok(()), "{text}");
    }
}

#[test]
fn errors_have_place_and_trace() {
    let error = thrown(
        "function inner(o) {\n  return o.a.b;\n}\nfunction process(data) {\n  inner({});\n}",
    );
    assert_eq!(error.message, "TypeError: cannot read property 'b' of undefined");
    assert_eq!(error.at.map(|at| at.line), Some(2));
    let calls: Vec<_> =
        error.trace.iter().map(|f| (f.function.as_str(), f.at.map(|at| at.line))).collect();
    assert_eq!(calls, [("inner", Some(2)), ("process", Some(5))]);
}

#[test]
fn an_error_in_a_callback_of_a_native_names_the_script() {
    let error = thrown("function process() {\n  [1].map(() => {\n    null.x\n  })\n}");
    assert_eq!(error.at.map(|at| at.line), Some(3));
    assert_eq!(error.trace[1].at, None);
    let error = thrown("function process() {\n  JSON.parse('{')\n}");
    assert_eq!(error.at.map(|at| at.line), Some(2));
}

#[test]
fn whatever_is_thrown_is_described_without_running_code() {
    for (thrown_value, message) in [
        ("5", "5"),
        ("'text'", "text"),
        ("null", "null"),
        ("undefined", "undefined"),
        ("1.5", "1.5"),
        ("{a: 1, b: ['x']}", r#"{"a":1,"b":["x"]}"#),
        ("Symbol('x')", "a symbol was thrown"),
        ("() => 1", "a function was thrown"),
        (
            "new Proxy({}, { get() { Info('trap') }, ownKeys() { Info('trap') } })",
            "an object was thrown",
        ),
        (
            "{ get message() { Info('getter') }, toString() { Info('called') } }",
            r#"{"message":null,"toString":null}"#,
        ),
        ("new Error('plain')", "Error: plain"),
        ("new RangeError()", "RangeError"),
        ("Object.assign(new Error('m'), { name: 'Own' })", "Own: m"),
        ("new (class Sub extends TypeError { name = 'Sub' })('m')", "Sub: m"),
        ("Object.defineProperty(new Error('m'), 'message', { get() { Info('getter') } })", "Error"),
        (
            "Object.setPrototypeOf(new Error('m'), new Proxy({}, { get() { Info('trap') } }))",
            "Error: m",
        ),
        ("10n ** 40n", "a value was thrown"),
        ("data", r#"{"x":1}"#),
    ] {
        let text = format!("function process(data) {{ throw ({thrown_value}) }}");
        let (outcome, host) = run(&text, r#"{"x":1}"#);
        let Err(Halt::Threw(error)) = outcome else { panic!("{text}: {outcome:?}") };
        assert_eq!(error.message, message, "{thrown_value}");
        assert_eq!(error.at.map(|at| at.line), Some(1), "{thrown_value}");
        assert_eq!(host.calls, [], "{thrown_value}");
    }
}

#[test]
fn scripts_cannot_forge_the_recorded_stack() {
    for body in [
        "Error.prepareStackTrace = () => { Info('called'); return 'x' };\nnull.x",
        "Error.stackTraceLimit = 0;\nnull.x",
        "const e = new Error('m'); e.stack = '    at fake (r.js:99:9)';\n(() => { throw e })()",
        "Object.defineProperty(Error.prototype, 'stack', { get() { Info('called') } });\nnull.x",
    ] {
        let (outcome, host) = run(&format!("function process() {{\n{body}\n}}"), "{}");
        let Err(Halt::Threw(error)) = outcome else { panic!("{body}") };
        assert!((2..=3).contains(&error.at.unwrap().line), "{body}: {error:?}");
        assert_eq!(host.calls, []);
    }
}

#[test]
fn rejections_are_errors() {
    let error = thrown("async function process() {\n  await 1;\n  null.x\n}");
    assert_eq!(error.message, "TypeError: cannot read property 'x' of null");
    assert_eq!(error.at.map(|at| at.line), Some(3));
    let error = thrown("function process() { Promise.reject(new Error('lost')) }");
    assert_eq!(error.message, "Error: lost");
    let error = thrown("function process() { return new Promise(() => {}) }");
    assert_eq!(error.message, "the promise that `process` returned is never settled");
    let error = thrown("function process() { queueMicrotask(() => { throw new Error('job') }) }");
    assert_eq!(error.message, "Error: job");
    let (outcome, _) =
        run("async function process() { try { await Promise.reject(1) } catch {} }", "{}");
    assert_eq!(outcome, Ok(()));
    let (outcome, _) = run(
        "function process() { const p = Promise.reject(1); queueMicrotask(() => p.catch(() => {})) }",
        "{}",
    );
    assert_eq!(outcome, Ok(()));
}

#[test]
fn jobs_do_not_survive_into_the_next_invocation() {
    let mut machine = machine();
    let script = load(
        &mut *machine,
        "function process(data) { queueMicrotask(() => Info('late')); if (data.x) throw 1; }",
    )
    .unwrap();
    let (mut first, mut second) = (Host::default(), Host::default());
    assert!(run_on(&mut *machine, script, &packed(r#"{"x":1}"#), &mut first, &limits()).is_err());
    run_on(&mut *machine, script, &packed("{}"), &mut second, &limits()).unwrap();
    assert_eq!((first.logged().len(), second.logged().len()), (0, 1));
}

#[test]
fn error_called_is_the_helper_and_constructed_the_error() {
    let log = logged(
        "Error('logged');
        const e = new Error('x'); Info(String(e instanceof Error));
        class E extends Error { constructor(m) { super(m); this.name = 'E' } }
        const own = new E('own'); Info(own.name + own.message + (own instanceof Error) + (own instanceof E));
        Info(typeof own.stack);
        const holder = {}; Error.captureStackTrace(holder); Info(typeof holder.stack);
        Info(String(Error.prototype.constructor === Error && Object.getPrototypeOf(TypeError) === Error));
        Info(String(new TypeError('t') instanceof Error) + Error.name + Reflect.construct(Error, ['r']).message);
        try { throw new Error('thrown') } catch (e) { Info(e.message) }
        try { null.x } catch (e) { Info(String(e instanceof Error)) }",
        "{}",
    );
    assert_eq!(
        log,
        [
            "logged",
            "true",
            "Eowntruetrue",
            "string",
            "string",
            "true",
            "trueErrorr",
            "thrown",
            "true"
        ]
    );
}

#[test]
fn arguments_cross_without_running_script_code() {
    let (outcome, host) = run(
        "function process() {
            Text({ toString() { Info('called') } }); Text([1]); Text(() => 1); Text(Symbol()); Text(null); Text(undefined); Text();
            Text(1); Text(1.5); Text(2 ** 53); Text(NaN); Text(true); Text('\\ud800x\\u{1f600}'); Text(5n); Text(2n ** 63n); Text(-(2n ** 63n)); Text(-0);
            Text('a', 'surplus', {});
            Echo({ a: [1, , 'x'], get b() { Info('getter') }, [Symbol()]: 1, c: { d: null } });
            Echo(new Proxy({}, { ownKeys() { Info('trap') } }));
            const cycle = {}; cycle.cycle = cycle; Echo(cycle);
        }",
        "{}",
    );
    assert_eq!(outcome, Ok(()));
    let args: Vec<&[Value]> = host.calls.iter().map(|(_, args)| args.as_slice()).collect();
    let text = |text: &str| vec![Value::from(text)];
    let opaque = |opaque| vec![Value::Opaque(opaque)];
    let expected: Vec<Vec<Value>> = vec![
        opaque(Opaque::Object),
        opaque(Opaque::List),
        opaque(Opaque::Function),
        opaque(Opaque::Other),
        vec![Value::Null],
        vec![Value::Null],
        vec![],
        vec![Value::Int(1)],
        vec![Value::Float(1.5)],
        vec![Value::Int(1 << 53)],
        vec![Value::Null],
        vec![Value::Bool(true)],
        text("\u{fffd}x\u{1f600}"),
        vec![Value::Int(5)],
        opaque(Opaque::Other),
        vec![Value::Int(i64::MIN)],
        vec![Value::Int(0)],
        text("a"),
    ];
    assert_eq!(args[..expected.len()], expected);
    let json: serde_json::Value =
        serde_json::from_str(r#"{"a":[1,null,"x"],"b":null,"c":{"d":null}}"#).unwrap();
    assert_eq!(args[expected.len()][0].to_json(), json);
    assert_eq!(args[expected.len() + 1], opaque(Opaque::Object));
    assert!(matches!(args[expected.len() + 2][0], Value::Map(_)));
    assert_eq!(args.len(), expected.len() + 3);
}

#[test]
fn results_cross_by_one_rule() {
    let mut machine = machine();
    let script = load(
        &mut *machine,
        "function process() { const n = Number(); Info(typeof n + ':' + JSON.stringify(n)); Info(String(Info('x'))) }",
    )
    .unwrap();
    for (answer, log) in [
        (Value::Int(3), "number:3"),
        (Value::Int((1 << 53) + 1), "number:9007199254740992"),
        (Value::Null, "object:null"),
        (Value::from("é"), "string:\"é\""),
        (Value::Float(0.5), "number:0.5"),
        (Value::List(vec![1.into(), Value::Null]), "object:[1,null]"),
    ] {
        let mut host = Host { answer, ..Host::default() };
        run_on(&mut *machine, script, &packed("{}"), &mut host, &limits()).unwrap();
        assert_eq!(host.logged(), [log, "x", "undefined"]);
    }
}

#[test]
fn the_host_verdict_outranks_the_script() {
    for body in [
        "Stop(); Info('after')",
        "try { Stop() } catch { Info('after') } finally { Info('after') }",
        "[1].forEach(() => { try { Stop() } finally { return } }); Info('after')",
        "new Promise(() => Stop()).catch(() => Info('after'))",
        "for (;;) { try { Stop() } catch {} }",
        "({ get x() { Stop() } }).x; Info('after')",
        "(async () => { await null; Stop(); Info('after') })().catch(() => Info('after'))",
    ] {
        let (outcome, host) = run(&format!("function process() {{ {body} }}"), "{}");
        assert_eq!(outcome, Err(Stop::HelperCalls.into()), "{body}");
        assert_eq!(host.calls.len(), 1, "{body}");
    }
}

#[test]
fn the_door_is_shut_while_a_script_loads() {
    for text in
        ["Info('x'); function process() {}", "try { Info('x') } catch {} function process() {}"]
    {
        let (outcome, host) = run(text, "{}");
        let Err(Halt::Threw(error)) = outcome else { panic!("{outcome:?}") };
        assert_eq!(error.message, Stop::Loading.to_string());
        assert_eq!(error.at.map(|at| at.line), Some(1), "{text}");
        assert_eq!(host.calls, []);
    }
    let error = thrown("function f() {\n  Info('x');\n}\nf(); function process() {}");
    assert_eq!(error.at.map(|at| at.line), Some(2));
    let error = thrown("const key = 'x' + name; function process() {}");
    assert_eq!(
        error.message,
        "ReferenceError: 'name' is not set while the script loads: use it in `process`"
    );
}

#[test]
fn limits_hold_while_a_script_loads() {
    let mut machine = machine();
    for (text, stop) in [
        ("for (;;) {}", Stop::Timeout),
        ("const a = []; for (;;) a.push('x'.repeat(1e6) + a.length)", Stop::Memory),
    ] {
        let source = reactant_core::engine::Source { name: "r.js".into(), text: text.into() };
        let millis = if stop == Stop::Timeout { 50 } else { 10_000 };
        let limits = Limits { timeout: std::time::Duration::from_millis(millis), ..limits() };
        assert_eq!(machine.load(&source, &limits), Err(stop.into()), "{text}");
    }
    assert!(load(&mut *machine, "function process() {}").is_ok());
}

#[test]
fn a_panic_of_the_host_passes_and_the_machine_goes_on() {
    let mut machine = machine();
    let script = load(
        &mut *machine,
        "let n = 0; function process(d) { n++; if (d.x) Panic(); Info('n' + n) }",
    )
    .unwrap();
    let mut host = Host::default();
    let panic = catch_unwind(AssertUnwindSafe(|| {
        run_on(&mut *machine, script, &packed(r#"{"x":1}"#), &mut host, &limits())
    }));
    assert_eq!(panic.unwrap_err().downcast_ref::<&str>(), Some(&"of the host"));
    run_on(&mut *machine, script, &packed("{}"), &mut host, &limits()).unwrap();
    assert_eq!(host.logged(), ["n1"]);
}

#[test]
fn code_from_strings_is_refused() {
    for body in [
        "eval('1')",
        "(0, eval)('1')",
        "new Function('return 1')",
        "Function('return 1')",
        "(() => {}).constructor('return 1')",
        "(function* () {}).constructor('yield 1')",
        "(async () => {}).constructor('return 1')",
        "(async function* () {}).constructor('return 1')",
        "Reflect.construct(Function, ['return 1'])",
    ] {
        let error = thrown(&format!("function process() {{ {body} }}"));
        assert!(error.message.contains("eval"), "{body}: {}", error.message);
        let error = thrown(&format!("{body}; function process() {{}}"));
        assert!(error.message.contains("eval"), "{body}: {}", error.message);
    }
    let error = thrown("async function process() { await import('x') }");
    assert!(!error.message.is_empty());
}

#[test]
fn what_breaks_determinism_is_absent() {
    let log = logged(
        "Info([typeof Atomics, typeof SharedArrayBuffer, typeof WeakRef, typeof FinalizationRegistry, typeof performance, typeof gc].join())",
        "{}",
    );
    assert_eq!(log, ["undefined,undefined,undefined,undefined,undefined,undefined"]);
}

#[test]
fn random_numbers_follow_the_seed() {
    let body = "const n = [Math.random(), Math.random()]; if (n[0] === n[1] || n.some(x => x < 0 || x >= 1)) throw n; Info(n.join())";
    assert_eq!(logged(body, "{}"), logged(body, "{}"));
}

#[test]
fn the_clock_is_the_runs() {
    let log = logged(
        "Info(String(Date.now())); Info(new Date().toISOString()); Info(Date()); Info(new Date().toString());
        Info(String(new Date(2018, 0, 3, 5).getTime())); Info(new Date('2018-01-03T05:00:00').toISOString());
        class D extends Date { x() { return this.getHours() } } Info(new D(2020, 1, 1, 7).x() + ',' + (new D() instanceof Date));
        Info([Date.UTC(1970, 0, 1), Date.parse('1970-01-02'), new Date(0).getTimezoneOffset(), Date.prototype.constructor === Date, Date.length, Date.name].join());
        const d = new Date(0); d.setHours(25); Info(d.toISOString()); d.setYear(99); Info(String(d.getYear()) + d.getFullYear());
        Info(new Date(NaN).toString() + new Date('x').getTime()); Info(new Date(new Date(5)).getTime() + ',' + new Date({ valueOf() { return 7 } }).getTime() + ',' + new Date(new String('1970-01-02')).getTime());
        Info(new Date('Mon, 01 Jan 2024 00:00:00 GMT').toISOString() + new Date('Jan 5, 2024').toISOString()); Info(JSON.stringify(new Date(0)) + `${new Date(0)}`)",
        "{}",
    );
    assert_eq!(
        log,
        [
            "1700000000123",
            "2023-11-14T22:13:20.123Z",
            "Tue Nov 14 2023 22:13:20 GMT+0000 (UTC)",
            "Tue Nov 14 2023 22:13:20 GMT+0000 (UTC)",
            "1514955600000",
            "2018-01-03T05:00:00.000Z",
            "7,true",
            "0,86400000,0,true,7,Date",
            "1970-01-02T01:00:00.000Z",
            "991999",
            "Invalid DateNaN",
            "5,7,86400000",
            "2024-01-01T00:00:00.000Z2024-01-05T00:00:00.000Z",
            "\"1970-01-01T00:00:00.000Z\"Thu Jan 01 1970 00:00:00 GMT+0000 (UTC)",
        ]
    );
}

#[test]
fn an_engine_without_a_watchdog_says_what_may_overrun() {
    assert!(Engine::builder().build().unwrap().overruns().len() > 5);
    assert!(engine().overruns().is_empty());
    assert!(matches!(
        Engine::builder().watchdog(Signal::number(12)).build(),
        Err(WatchdogError::Second)
    ));
}

#[test]
fn an_absurd_memory_limit_is_an_error() {
    for memory in [usize::MAX, usize::MAX / 4] {
        let setup = Setup { memory, ..Setup::default() };
        assert!(engine().machine(&setup).is_err());
    }
}

#[test]
fn an_event_beyond_the_memory_limit_stops_the_invocation() {
    let mut machine = machine();
    let script =
        load(&mut *machine, "function process(data) { Info(String(data.cmd.length)) }").unwrap();
    let long = packed(&format!(r#"{{"cmd":"{}"}}"#, "x".repeat(4 << 20)));
    let list = packed(&format!(r#"{{"cmd":[{}1]}}"#, "\"0123456789\",".repeat(100_000)));
    for data in [long, list] {
        for memory in [0, 1000, 100_000, 1 << 20] {
            let limits = Limits { memory, ..limits() };
            let outcome = run_on(&mut *machine, script, &data, &mut Host::default(), &limits);
            assert_eq!(outcome, Err(Stop::Memory.into()), "{memory}");
        }
        let mut host = Host::default();
        run_on(&mut *machine, script, &data, &mut host, &limits()).unwrap();
        assert_eq!(host.calls.len(), 1);
    }
}

#[test]
fn a_long_text_that_is_repeated_is_not_copied_each_time() {
    let (outcome, host) = run(
        "function process() { const s = 'x'.repeat(1e6), all = Array(1e4).fill(s); Text.apply(null, all); throw all }",
        "{}",
    );
    let Err(Halt::Threw(error)) = outcome else { panic!("{outcome:?}") };
    assert!(error.message.len() < 10_000);
    assert_eq!(host.calls[0].1.len(), 1);
}

#[test]
fn a_helper_may_bear_the_name_of_any_builtin() {
    let names = ["Map", "TypeError", "Promise", "Object", "Date", "parseInt", "JSON"];
    let spec = |name| HelperSpec::new(name, "").param("value", ParamKind::Text);
    let helpers = names.into_iter().map(|name| (HelperId(0), spec(name)));
    let setup = Setup { helpers: helpers.collect(), memory: 16 << 20, now_millis: NOW };
    let mut machine = engine().machine(&setup).unwrap();
    let script = load(
        &mut *machine,
        "async function process() {
            Map('m'); TypeError('t'); Promise('p'); Object('o'); Date('d'); parseInt('i'); JSON('j');
            const seen = [new Map([[1, 2]]).get(1), Map.prototype.constructor === Map, new TypeError('x') instanceof Error,
                await new Promise(r => r(3)), await Promise.resolve(4), Object.keys({ a: 1 })[0], new Date(5).getTime(), Date.UTC(1970, 0)];
            try { null.x } catch (e) { seen.push(e instanceof TypeError) }
            Map(seen.join());
        }",
    )
    .unwrap();
    let mut host = Host::default();
    run_on(&mut *machine, script, &packed("{}"), &mut host, &limits()).unwrap();
    assert_eq!(host.logged(), ["m", "t", "p", "o", "d", "i", "j", "2,true,true,3,4,a,5,0,true"]);
}

#[test]
fn a_thrown_text_has_its_place() {
    for text in [
        "function process() {\n  try { throw 'first' } catch {}\n  throw 'second'\n}",
        "async function process() {\n  await null;\n  throw 'late'\n}",
        "const x = 1;\n\nthrow 'while loading'; function process() {}",
    ] {
        assert_eq!(thrown(text).at.map(|at| at.line), Some(3), "{text}");
    }
}

#[test]
fn base64_is_there_and_its_error_is_named() {
    assert_eq!(logged("Info(atob('eA==') + btoa('x'))", "{}"), ["xeA=="]);
    let error = thrown("function process() {\n  atob('*')\n}");
    assert_eq!(
        error.message,
        "InvalidCharacterError: The string to be decoded is not correctly encoded"
    );
    assert_eq!(error.at.map(|at| at.line), Some(2));
}

#[test]
fn a_thread_that_blocks_signals_is_still_watched() {
    // SAFETY: fills an initialised set and blocks it for this thread.
    #[allow(unsafe_code, reason = "blocks signals")]
    unsafe {
        let mut set = std::mem::zeroed();
        libc::sigfillset(&mut set);
        libc::pthread_sigmask(libc::SIG_BLOCK, &set, std::ptr::null_mut());
    }
    let mut machine = machine();
    let script = load(
        &mut *machine,
        "function process() { Array.prototype.reverse.call({ length: 2 ** 53 - 1 }) }",
    )
    .unwrap();
    let limits = Limits { timeout: std::time::Duration::from_millis(20), ..limits() };
    let outcome = run_on(&mut *machine, script, &packed("{}"), &mut Host::default(), &limits);
    assert_eq!(outcome, Err(Stop::Timeout.into()));
}
