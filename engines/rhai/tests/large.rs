//! Events so large that making what a script touches takes longer than the script has.

#![allow(clippy::unwrap_used, reason = "a test may fail so")]

mod common;

use std::time::{Duration, Instant};

use reactant_core::{
    engine::{Halt, Invocation, Machine, ScriptId, Source},
    limits::{Limits, Stop},
    packed::{Builder, KeyName, Packed, Slot},
};

use common::{Host, machine};

const DEADLINE: Duration = Duration::from_millis(100);

fn limits() -> Limits {
    Limits { timeout: DEADLINE, memory: 1 << 30, ..Limits::default() }
}

/// An event of one field.
fn event(level: impl Fn(&mut Builder) -> Slot) -> Packed {
    let mut builder = Builder::new();
    let level = level(&mut builder);
    let root = builder.map(&[(KeyName::Text("level"), level)]);
    builder.finish(root)
}

fn load(machine: &mut dyn Machine, body: &str) -> ScriptId {
    let text = format!("fn process(data) {{ {body} }}");
    let source = Source { name: "reaction.rhai".into(), text: text.into() };
    machine.load(&source, &limits()).unwrap()
}

fn run(machine: &mut dyn Machine, body: &str, data: &Packed) -> (Result<(), Halt>, Duration) {
    let script = load(machine, body);
    let limits = limits();
    let invocation = Invocation { data, kind: "k", name: "n", uuid: "u", seed: 1, limits: &limits };
    let start = Instant::now();
    let outcome = machine.run(script, &invocation, &mut Host::default());
    (outcome, start.elapsed())
}

#[test]
fn making_a_large_level_ends_at_the_deadline() {
    let names: Vec<String> = (0..1_500_000).map(|index| format!("k{index}")).collect();
    let entries: Vec<_> = names.iter().map(|name| (KeyName::Text(name), Slot::int(1))).collect();
    let map = event(|builder| builder.map(&entries));
    let list = event(|builder| {
        let item = builder.list(&[Slot::int(1)]);
        builder.list(&vec![item; names.len()])
    });
    let mut machine = machine(&limits());
    for (data, body) in [
        (&map, "data.level.keys()"),
        (&map, "data.level.len()"),
        (&map, "for key in data.level.values() { }"),
        (&list, "data.level"),
        (&list, "data.level.len()"),
        (&list, "try { data.level.len() } catch { } loop { }"),
    ] {
        let (outcome, took) = run(&mut *machine, body, data);
        assert_eq!(outcome, Err(Halt::Stopped(Stop::Timeout)), "{body}");
        assert!(took < 2 * DEADLINE, "{body}: {took:?}");
    }
    let small = event(|builder| builder.map(&[(KeyName::Text("k"), Slot::int(1))]));
    assert_eq!(run(&mut *machine, "data.level.len()", &small).0, Ok(()));
}

#[test]
fn writing_a_large_text_as_json_ends_at_the_deadline() {
    let text = "\"".repeat(64 << 20);
    let data = event(|builder| builder.text(&text));
    let (outcome, took) = run(&mut *machine(&limits()), "to_json(data)", &data);
    assert_eq!(outcome, Err(Halt::Stopped(Stop::Timeout)));
    assert!(took < 2 * DEADLINE, "{took:?}");
}
