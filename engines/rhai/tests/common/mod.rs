//! A host with a few helpers, an event, and a machine.

#![allow(dead_code, reason = "each test uses a part")]

use std::time::Duration;

use jiff::Timestamp;
use reactant_core::{
    engine::{Door, Halt, Invocation, Machine, ReactionEngine, ScriptError, Setup, Source},
    event::Line,
    helper::{HelperId, HelperSpec, ParamKind, Returns},
    limits::{Limits, Stop},
    packed::Packed,
    runtime::Runtime,
    value::Value,
};
use reactant_engine_rhai::Engine;

/// An event with most of what an event may have.
pub(crate) const EVENT: &str = r#"{"uuid":"u-1","timestamp":"2026-11-24T10:15:00Z","event_type":"file_access","extra":{"z":1,"a":[1,2.5,null]},"process":{"pid":4242,"ppid":4200,"uid":1000,"comm":"curl","cmd":"curl -s http://x","exe":"/usr/bin/curl","args":["-s","http://x"],"start_ticks":9007199254740993},"file":{"path":"/etc/passwd","dir":"/etc","basename":"passwd","actions":["open","read"]},"background":{"ancestry":[{"pid":1,"comm":"init"},{"pid":4200,"comm":"bash"},{"pid":4242,"comm":"curl"}]}}"#;

/// Writes down what it is told; what is not `Info` or `Echo` stops the script.
#[derive(Debug, Default)]
pub(crate) struct Host {
    pub(crate) logs: Vec<String>,
    pub(crate) calls: usize,
}

impl Door for Host {
    fn call(&mut self, helper: HelperId, args: &[Value]) -> Result<Value, Stop> {
        self.calls += 1;
        match helper.0 {
            0 => {
                self.logs.push(args.first().map_or("nothing".into(), ToString::to_string));
                Ok(Value::Null)
            }
            1 => Ok(args.first().cloned().unwrap_or_default()),
            _ => Err(Stop::HelperCalls),
        }
    }

    fn now_millis(&mut self) -> i64 {
        0
    }
}

/// The limits of most tests.
pub(crate) fn limits() -> Limits {
    Limits { timeout: Duration::from_secs(5), memory: 16 << 20, ..Limits::default() }
}

/// A machine for scripts within limits.
pub(crate) fn machine(limits: &Limits) -> Box<dyn Machine> {
    let helpers = vec![
        (HelperId(0), HelperSpec::new("Info", "").param("message", ParamKind::Text)),
        (
            HelperId(1),
            HelperSpec::new("Echo", "").param("it", ParamKind::Any).returns(Returns::Text),
        ),
        (HelperId(2), HelperSpec::new("Stop", "")),
    ];
    let setup = Setup { helpers: helpers.into(), memory: limits.memory, now_millis: 0 };
    Engine::default().machine(&setup).expect("a machine")
}

/// What a reaction sees of an event.
pub(crate) fn data(event: &str) -> Packed {
    let Ok(Line::Event(mut event)) = Line::parse(event.as_bytes(), 1) else { panic!("no event") };
    event.complete(1, 0, Timestamp::UNIX_EPOCH);
    Runtime::data(&event, &Packed::of(&Value::Map(Default::default())))
}

/// The text as a source.
pub(crate) fn source(text: &str) -> Source {
    Source { name: "r.rhai".into(), text: text.into() }
}

/// Loads a script and runs it once on the event.
pub(crate) fn run(text: &str, limits: &Limits) -> (Result<(), Halt>, Host) {
    let (mut machine, mut host) = (machine(limits), Host::default());
    let result = machine.load(&source(text), limits).and_then(|script| {
        let data = data(EVENT);
        let invocation =
            Invocation { data: &data, kind: "k", name: "n", uuid: "u-1", seed: 1, limits };
        machine.run(script, &invocation, &mut host)
    });
    (result, host)
}

/// What a script logs that ends well.
pub(crate) fn ran(text: &str) -> Vec<String> {
    let (result, host) = run(text, &limits());
    assert_eq!(result, Ok(()), "{text}\n{:?}", host.logs);
    host.logs
}

/// The error of a script that throws.
pub(crate) fn threw(text: &str) -> ScriptError {
    match run(text, &limits()) {
        (Err(Halt::Threw(error)), _) => error,
        other => panic!("{other:?}\n{text}"),
    }
}
