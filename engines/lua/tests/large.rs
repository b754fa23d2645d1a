//! Events so large that making what a script touches takes longer than the script has.

#![allow(clippy::unwrap_used, reason = "a test stops where it is surprised")]

use std::time::{Duration, Instant};

use reactant_core::{
    engine::{Door, Halt, Invocation, Machine, ReactionEngine, Setup, Source},
    helper::HelperId,
    limits::{Limits, Stop},
    packed::{Builder, KeyName, Packed, Slot},
    value::Value,
};

const DEADLINE: Duration = Duration::from_millis(50);

struct Shut;

impl Door for Shut {
    fn call(&mut self, _: HelperId, _: &[Value]) -> Result<Value, Stop> {
        Err(Stop::Cancelled)
    }

    fn now_millis(&mut self) -> i64 {
        0
    }
}

/// An event of one field.
fn event(level: impl Fn(&mut Builder) -> Slot) -> Packed {
    let mut builder = Builder::new();
    let level = level(&mut builder);
    let root = builder.map(&[(KeyName::Text("level"), level)]);
    builder.finish(root)
}

fn run(machine: &mut dyn Machine, text: &str, data: &Packed) -> (Result<(), Halt>, Duration) {
    let limits = Limits { timeout: DEADLINE, memory: 1 << 30, ..Limits::default() };
    let source = Source { name: "reaction.lua".into(), text: text.into() };
    let script = machine.load(&source, &limits).unwrap();
    let invocation = Invocation { data, kind: "k", name: "n", uuid: "u", seed: 1, limits: &limits };
    let start = Instant::now();
    let outcome = machine.run(script, &invocation, &mut Shut);
    (outcome, start.elapsed())
}

#[test]
fn making_a_large_level_ends_at_the_deadline() {
    let names: Vec<String> = (0..1_000_000).map(|index| format!("k{index}")).collect();
    let entries: Vec<_> = names.iter().map(|name| (KeyName::Text(name), Slot::int(1))).collect();
    let events = [
        ("a map", event(|builder| builder.map(&entries))),
        (
            "a list",
            event(|builder| {
                let item = builder.list(&[Slot::int(1)]);
                builder.list(&vec![item; names.len()])
            }),
        ),
    ];
    let touches = [
        "local touched = data.level.k",
        "local touched = next(data.level)",
        "local touched = #data.level",
        "for _ in pairs(data.level) do break end",
        "pcall(function() return data.level.k end) while true do end",
        "for _ = 1, 9 do json.encode(data) end",
    ];
    let setup = Setup { helpers: Vec::new().into(), memory: 1 << 30, now_millis: 0 };
    let mut machine = reactant_engine_lua::Engine::default().machine(&setup).unwrap();
    for (what, data) in &events {
        for touch in touches {
            let text = format!("function process(data) {touch} end");
            let (outcome, took) = run(&mut *machine, &text, data);
            assert_eq!(outcome, Err(Halt::Stopped(Stop::Timeout)), "{what}: {touch}");
            assert!(took < 2 * DEADLINE, "{what}: {touch}: {took:?}");
        }
    }
    let text = "function process(data) assert(data.level.k == 1) end";
    let small = event(|builder| builder.map(&[(KeyName::Text("k"), Slot::int(1))]));
    assert_eq!(run(&mut *machine, text, &small).0, Ok(()));
}
