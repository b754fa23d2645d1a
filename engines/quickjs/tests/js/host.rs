//! A host of a few lines: it answers helpers from closures and records what was called.

use std::{sync::Arc, time::Duration};

use reactant_core::{
    engine::{
        Door, Halt, Invocation, Machine, ReactionEngine, ScriptError, ScriptId, Setup, Source,
    },
    helper::{HelperId, HelperSpec, ParamKind, Returns},
    limits::{Limits, Stop},
    packed::Packed,
    value::Value,
};
use reactant_engine_quickjs::{Engine, Signal};

pub(crate) const NOW: i64 = 1_700_000_000_123;

/// The process's one engine with a watchdog.
pub(crate) fn engine() -> &'static Engine {
    static ENGINE: std::sync::OnceLock<Engine> = std::sync::OnceLock::new();
    ENGINE.get_or_init(|| Engine::builder().watchdog(Signal::URGENT).build().unwrap())
}

pub(crate) fn helpers() -> Arc<[(HelperId, HelperSpec)]> {
    let specs = [
        HelperSpec::new("Info", "").param("msg", ParamKind::Text),
        HelperSpec::new("Error", "").param("msg", ParamKind::Text),
        HelperSpec::new("Echo", "").param("value", ParamKind::Any).returns(Returns::Text),
        HelperSpec::new("Text", "").param("value", ParamKind::Text).returns(Returns::Text),
        HelperSpec::new("Stop", ""),
        HelperSpec::new("Panic", ""),
        HelperSpec::new("Slow", ""),
        HelperSpec::new("Number", "").returns(Returns::Number),
    ];
    specs.into_iter().enumerate().map(|(index, spec)| (HelperId(index as u32), spec)).collect()
}

#[derive(Default)]
pub(crate) struct Host {
    /// `(helper, arguments)`.
    pub(crate) calls: Vec<(String, Vec<Value>)>,
    pub(crate) answer: Value,
}

impl Door for Host {
    fn call(&mut self, helper: HelperId, args: &[Value]) -> Result<Value, Stop> {
        let name = helpers()[helper.0 as usize].1.name.to_string();
        self.calls.push((name.clone(), args.to_vec()));
        match name.as_str() {
            "Echo" | "Text" => Ok(args.first().cloned().unwrap_or_default()),
            "Stop" => Err(Stop::HelperCalls),
            "Panic" => panic!("of the host"),
            "Slow" => {
                std::thread::sleep(Duration::from_millis(50));
                Ok(Value::Null)
            }
            _ => Ok(self.answer.clone()),
        }
    }

    fn now_millis(&mut self) -> i64 {
        NOW
    }
}

impl Host {
    pub(crate) fn logged(&self) -> Vec<&str> {
        self.calls.iter().filter_map(|(_, args)| args.first()?.as_text()).collect()
    }
}

pub(crate) fn limits() -> Limits {
    Limits { timeout: Duration::from_secs(5), memory: 16 << 20, ..Limits::default() }
}

pub(crate) fn machine() -> Box<dyn Machine> {
    let setup = Setup { helpers: helpers(), memory: 64 << 20, now_millis: NOW };
    engine().machine(&setup).unwrap()
}

pub(crate) fn load(machine: &mut dyn Machine, text: &str) -> Result<ScriptId, Halt> {
    machine.load(&Source { name: "r.js".into(), text: text.into() }, &limits())
}

pub(crate) fn packed(json: &str) -> Packed {
    let json: serde_json::Value = serde_json::from_str(json).unwrap();
    Packed::of(&json.into())
}

pub(crate) fn run_on(
    machine: &mut dyn Machine,
    script: ScriptId,
    data: &Packed,
    host: &mut Host,
    limits: &Limits,
) -> Result<(), Halt> {
    let invocation = Invocation { data, kind: "k", name: "n", uuid: "u-1", seed: 7, limits };
    machine.run(script, &invocation, host)
}

/// Loads and runs one script on an event.
pub(crate) fn run(text: &str, json: &str) -> (Result<(), Halt>, Host) {
    let mut machine = machine();
    let mut host = Host::default();
    let outcome = load(&mut *machine, text)
        .and_then(|script| run_on(&mut *machine, script, &packed(json), &mut host, &limits()));
    (outcome, host)
}

/// What the body of `process(data)` logs with `Info`.
pub(crate) fn logged(body: &str, json: &str) -> Vec<String> {
    let (outcome, host) = run(&format!("function process(data) {{\n{body}\n}}"), json);
    assert_eq!(outcome, Ok(()), "{body}");
    host.logged().into_iter().map(str::to_owned).collect()
}

/// What the script threw.
pub(crate) fn thrown(text: &str) -> ScriptError {
    match run(text, "{}").0 {
        Err(Halt::Threw(error)) => error,
        other => panic!("{other:?}: {text}"),
    }
}
