//! Events so large that making what a script touches takes longer than the script has.

use std::time::{Duration, Instant};

use reactant_core::{
    engine::{Halt, ReactionEngine, Setup},
    limits::{Limits, Stop},
    packed::{Builder, Key, KeyName, Packed, Slot},
};

use super::host::*;

const DEADLINE: Duration = Duration::from_millis(150);

/// An event of one field: a level of a name that is not known is made at the start, another when it is touched.
fn event(field: &str, level: impl Fn(&mut Builder) -> Slot) -> Packed {
    let mut builder = Builder::new();
    let level = level(&mut builder);
    let name = Key::of(field).map_or(KeyName::Text(field), KeyName::Known);
    let root = builder.map(&[(name, level)]);
    builder.finish(root)
}

#[test]
fn making_a_large_level_ends_at_the_deadline() {
    let names: Vec<String> = (0..1_500_000).map(|index| format!("k{index}")).collect();
    let entries: Vec<_> = names.iter().map(|name| (KeyName::Text(name), Slot::int(1))).collect();
    let wide = |builder: &mut Builder| builder.map(&entries);
    let long = |builder: &mut Builder| {
        let item = builder.list(&[Slot::int(1)]);
        builder.list(&vec![item; names.len()])
    };
    let events = [
        ("a wide map at the start", event("level", wide)),
        ("a wide map when it is touched", event("process", wide)),
        ("a long list at the start", event("level", long)),
        ("a long list when it is touched", event("process", long)),
    ];
    let setup = Setup { helpers: helpers(), memory: 1 << 30, now_millis: NOW };
    let mut machine = engine().machine(&setup).unwrap();
    let script =
        load(&mut *machine, "function process(data) { data.process; Info('made') }").unwrap();
    for (what, data) in &events {
        let limits = Limits { timeout: DEADLINE, memory: 1 << 30, ..limits() };
        let start = Instant::now();
        let outcome = run_on(&mut *machine, script, data, &mut Host::default(), &limits);
        let took = start.elapsed();
        assert_eq!(outcome, Err(Halt::Stopped(Stop::Timeout)), "{what}");
        assert!(took < 2 * DEADLINE, "{what}: {took:?}");
        let mut host = Host::default();
        let small = packed(r#"{"process":{"k":1}}"#);
        assert_eq!(run_on(&mut *machine, script, &small, &mut host, &limits), Ok(()), "{what}");
        assert_eq!(host.logged(), ["made"], "{what}");
    }
}
