//! Hostile scripts: each ends with the outcome that it should, in its time and within its memory.

#![allow(clippy::unwrap_used, reason = "a test may fail so")]

mod common;

use std::time::{Duration, Instant};

use common::{EVENT, Host, data, machine, source};
use reactant_core::{
    engine::{Halt, Invocation},
    limits::{Limits, Stop},
};

#[global_allocator]
static METER: reactant_engine_rhai::Meter = reactant_engine_rhai::Meter::system();

const LIMITS: Limits = Limits {
    timeout: Duration::from_millis(1000),
    memory: 16 << 20,
    output: 1 << 20,
    helper_calls: 10_000,
};

/// Runs `process` with a body; afterwards the same machine runs another script as if nothing had been.
fn outcome(text: &str) -> Result<(), Halt> {
    let mut machine = machine(&LIMITS);
    let good =
        machine.load(&source("fn process(data) { Info(data.process.pid); }"), &LIMITS).unwrap();
    let data = data(EVENT);
    let invocation =
        Invocation { data: &data, kind: "k", name: "n", uuid: "u-1", seed: 1, limits: &LIMITS };
    let start = Instant::now();
    let result = machine
        .load(&source(text), &LIMITS)
        .and_then(|script| machine.run(script, &invocation, &mut Host::default()));
    let took = start.elapsed();
    assert!(took <= 2 * LIMITS.timeout, "{took:?} for {text}");
    let mut host = Host::default();
    machine.run(good, &invocation, &mut host).unwrap();
    assert_eq!(host.logs, ["4242"]);
    result
}

#[track_caller]
fn stops(body: &str, stops: &[Stop]) {
    let text = format!("fn process(data) {{ {body} }}");
    match outcome(&text) {
        Err(Halt::Stopped(stop)) if stops.contains(&stop) => {}
        other => panic!("{other:?} for {text}"),
    }
}

const TIME: &[Stop] = &[Stop::Timeout];
const MEMORY: &[Stop] = &[Stop::Memory];
const EITHER: &[Stop] = &[Stop::Timeout, Stop::Memory];

#[test]
fn loops_end_at_the_deadline() {
    stops("loop {}", TIME);
    stops("while true { let x = 1; }", TIME);
    stops("loop { try { loop {} } catch (e) {} }", TIME);
    stops("for i in 0..9223372036854775807 {}", TIME);
    stops("let f = || { loop { try { throw 1 } catch {} } }; f.call();", TIME);
    stops("let a = [1, 2, 3]; a.for_each(|| { loop {} });", TIME);
    stops("let a = []; a.pad(5000, 1); a.sort(|x, y| { loop {} });", TIME);
    assert_eq!(outcome("loop {} fn process(d) {}"), Err(Halt::Stopped(Stop::Timeout)));
}

#[test]
fn memory_is_bounded() {
    stops("let s = \"xxxxxxxxxxxxxxxx\"; loop { s += s; }", MEMORY);
    stops("let s = \"xxxxxxxxxxxxxxxx\"; loop { s = s + s; }", MEMORY);
    stops("let s = \"xxxxxxxxxxxxxxxx\"; loop { s = `${s}${s}`; }", MEMORY);
    stops("let s = \"\"; s.pad(1000000000000, 'x');", MEMORY);
    stops("let s = \"\"; s.pad(1000000000000, \"abc\");", MEMORY);
    stops("let a = []; a.pad(1000000000000, 1);", MEMORY);
    stops("let a = []; a.pad(60000, \"x\"); let b = []; b.pad(60000, a);", MEMORY);
    stops("let b = blob(1000000000000);", MEMORY);
    stops("let a = []; loop { a.push(\"x\" + a.len()); }", EITHER);
    stops("let a = [1]; loop { a = [a, a]; }", MEMORY);
    stops("let a = [1]; loop { a += a; }", MEMORY);
    stops("let m = #{}; let i = 0; loop { m[`${i}`] = i; i += 1; }", EITHER);
    stops("let m = #{a: 1}; loop { m = #{a: m, b: m}; }", MEMORY);
    stops("let s = \"\"; s.pad(1000000, 'x'); let a = []; loop { a.push(s.split(\"\")); }", MEMORY);
    stops("let s = \"\"; s.pad(1000000, 'x'); s.replace(\"x\", s);", MEMORY);
    stops("let s = \"\"; s.pad(1000000, 'x'); let a = []; loop { a.push(s.to_upper()); }", MEMORY);
    stops(
        "let s = \"\"; s.pad(1500000, 'x'); let l = []; loop { let t = s + l.len(); l.push(|| t); }",
        MEMORY,
    );
    stops(
        "let a = []; a.pad(10000, \"xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx\"); let l = []; loop { l.push(to_json(a)); }",
        EITHER,
    );
    stops("let s = \"[\"; s.pad(1900000, \"[],\"); s += \"0]\"; parse_json(s);", MEMORY);
    let recursion = "fn f(a) { let b = a; b.push(1); f(b) } fn process(d) { let a = []; a.pad(60000, 1); f(a); }";
    assert_eq!(outcome(recursion), Err(Halt::Stopped(Stop::Memory)));
    stops("let f = || 0; loop { let g = f; f = f.curry(g); }", EITHER);
    // One text that a list holds many times is much longer when it is written; Rhai writes whatever a limit interrupts by other means.
    let many = "let s = \"\"; s.pad(1000000, 'x'); let a = [];";
    stops(&format!("{many} a.pad(100000, s); let t = `${{a}}`;"), MEMORY);
    stops(&format!("{many} a.pad(100000, s); let t = a.to_string();"), MEMORY);
    stops(&format!("{many} a.pad(100000, s); let t = \"\" + #{{a: a}};"), MEMORY);
    stops(&format!("{many} a.pad(400000, s); let t = `${{a}}`;"), MEMORY);
    stops(&format!("{many} a.pad(1000, s); loop {{ let t = `${{a}}`; }}"), MEMORY);
    stops("let s = \"\"; s.pad(7000000, '\\u0001'); let t = `${[s]}`;", MEMORY);
    stops(
        &format!(
            "{many} a.pad(500000, s); let i = 0; while i < 2000 {{ let b = [a, 1]; i += 1; `${{b}}`; }}"
        ),
        MEMORY,
    );
    let thrown = format!("fn process(d) {{ {many} a.pad(100000, s); throw a; }}");
    assert!(matches!(outcome(&thrown), Err(Halt::Threw(error)) if error.message.len() < 9000));
}

#[test]
fn nothing_overflows_the_stack() {
    stops("let a = []; loop { a = [a]; }", EITHER);
    stops("let a = #{}; loop { a = #{a: a}; }", EITHER);
    stops("let f = || 0; loop { let g = f; f = || g.call(); }", EITHER);
    stops(
        "let a = []; while a.len() < 9 { let f = [a]; a = f; if to_json(1) == \"\" { break; } }",
        EITHER,
    );
    let threw = |text: &str| match outcome(text) {
        Err(Halt::Threw(error)) => error.message,
        other => panic!("{other:?}"),
    };
    let overflow = threw("fn f() { f() } fn process(d) { try { f() } catch { } }");
    assert_eq!(overflow, "Stack overflow");
    threw("fn process(d) { let s = \"\"; s.pad(200000, '['); parse_json(s); }");
    threw(&format!("fn process(d) {{ {}1{} }}", "(".repeat(100_000), ")".repeat(100_000)));
    threw(&format!("fn process(d) {{ {}1{} }}", "[".repeat(100_000), "]".repeat(100_000)));
    threw(&format!("fn process(d) {{ {}{} }}", "{".repeat(100_000), "}".repeat(100_000)));
    threw(&format!("fn process(d) {{ {}1 }}", "-".repeat(100_000)));
    threw(&format!("fn process(d) {{ {}1 }}", "!".repeat(100_000)));
}

#[test]
fn deep_values_are_compared_and_written_within_the_stack() {
    for body in [
        "a == b",
        "a.to_string()",
        "`${a}`",
        "[a].contains(b)",
        "switch a { 1 => 2, _ => 3 }",
        "to_json(a)",
        "Echo(a)",
    ] {
        let text = format!(
            "fn process(d) {{ let a = []; for i in 0..3000 {{ a = [a]; }} let b = a; {body}; }}"
        );
        let _ = outcome(&text);
    }
}

#[test]
fn long_texts_are_chains_too() {
    // A chain of operators or indices nests in the tree without brackets.
    for text in [
        format!("fn process(d) {{ let x = 1{}; }}", "+1".repeat(50_000)),
        format!("fn process(d) {{ let x = []; x{}; }}", "[0]".repeat(50_000)),
        format!("fn process(d) {{ let x = #{{}}; x{}; }}", ".a".repeat(50_000)),
        format!("fn process(d) {{ if d == 1 {{}} {} }}", "else if d == 1 {}".repeat(20_000)),
        format!("fn process(d) {{ let x = true{}; }}", " && true".repeat(50_000)),
        format!("fn process(d) {{ let x = 1{}; }}", " ?? 1".repeat(50_000)),
        format!("fn process(d) {{ let f = ||{} 1; }}", " ||".repeat(50_000)),
    ] {
        let _ = outcome(&text);
    }
}

#[test]
fn the_host_s_stop_outranks_the_script() {
    stops("try { Stop() } catch { } Info(\"after\");", &[Stop::HelperCalls]);
    stops("[3, 1, 2].sort(|a, b| { Stop(); 0 });", &[Stop::HelperCalls]);
    stops("[3, 3, 2].dedup(|a, b| { Stop(); true });", &[Stop::HelperCalls]);
    let loading = outcome("try { Info(1) } catch {} fn process(d) {}");
    assert_eq!(loading, Err(Halt::Stopped(Stop::Loading)));
}

#[test]
fn natives_that_take_long_end_in_time() {
    let long = "let s = \"\"; s.pad(1500000, 'a'); let n = \"\"; n.pad(700000, 'a'); n += \"b\";";
    stops(&format!("{long} loop {{ s.index_of(n); }}"), TIME);
    stops(&format!("{long} loop {{ s.contains(n); }}"), TIME);
    stops(&format!("{long} loop {{ s.replace(n, \"\"); }}"), TIME);
    stops(&format!("{long} loop {{ s.to_upper(); }}"), TIME);
    stops(&format!("{long} loop {{ s.len(); }}"), TIME);
    stops(&format!("{long} loop {{ s.split('b'); }}"), TIME);
    stops("let a = []; a.pad(60000, 1); loop { a.sort(|x, y| y - x); }", TIME);
    stops("let a = []; a.pad(60000, \"x\"); loop { a.contains(\"y\"); }", TIME);
    stops("let a = []; a.pad(60000, \"x\"); loop { a.index_of(\"y\"); }", TIME);
    stops("let a = []; a.pad(60000, \"x\"); loop { a == a; }", TIME);
    stops("let a = []; a.pad(60000, \"x\"); loop { to_json(a); }", TIME);
    stops("let a = []; a.pad(60000, 1); loop { a.remove(0); a.insert(0, 1); a.reverse(); }", TIME);
    stops("let a = []; a.pad(60000, 1); loop { `${a}`; }", EITHER);
    stops("let f = Fn(\"sleep\"); loop { try { f.call(100) } catch {} }", TIME);
}

#[test]
fn the_parser_ends_at_the_deadline() {
    // What Rhai's parser reckons for each of these grows with the square of their number.
    let many = |each: fn(usize) -> String| -> String { (0..60_000).map(each).collect() };
    stops(&format!("let map = #{{ {} }};", many(|n| format!("k{n}: 1, "))), &[Stop::Timeout]);
    stops(&format!("let text = `{}`;", many(|_| "${1}".repeat(10))), EITHER);
    let limits = Limits { memory: 256 << 20, ..LIMITS };
    let text = format!("fn process(data) {{ {} }}", many(|n| format!("let a{n} = {n}; ")));
    let start = Instant::now();
    let result = machine(&limits).load(&source(&text), &limits);
    let took = start.elapsed();
    assert!(matches!(result, Err(Halt::Stopped(Stop::Timeout))), "{result:?}");
    assert!(took <= 2 * limits.timeout, "{took:?}");
}
