//! Microseconds of three reactions on one event (`benches/event.json`), machine and script loaded: what the border of this engine costs.
#![allow(clippy::print_stdout, reason = "an example")]

use std::time::Instant;

use jiff::Timestamp;
use reactant_core::{
    engine::{Door, Invocation, ReactionEngine, Setup, Source},
    event::Line,
    helper::{HelperId, HelperSpec, ParamKind, Returns},
    limits::{Limits, Stop},
    packed::Packed,
    runtime::Runtime,
    value::Value,
};
use reactant_engine_rhai::{Engine, Meter};

#[global_allocator]
static METER: Meter = Meter::system();

struct Host;

impl Door for Host {
    fn call(&mut self, helper: HelperId, _: &[Value]) -> Result<Value, Stop> {
        Ok(if helper.0 == 0 { "7".into() } else { Value::Int(0) })
    }

    fn now_millis(&mut self) -> i64 {
        0
    }
}

const R1: &str =
    r#"fn process(data) { if !data.process.cmd.contains("wget") { return; } Info("wget"); }"#;
const R2: &str = r#"fn process(data) {
  let remotes = [];
  for protocol in data.background.flows.protocols {
    for pair in protocol.pairs {
      let remote = pair.nodes.remote;
      let address = remote.address;
      if address.starts_with("10.") || address.starts_with("192.168.") || address.starts_with("127.") { continue; }
      let label = if remote.names.len() > 0 { remote.names[0] } else { remote.name };
      remotes.push(protocol.proto + "/" + address + "(" + label.to_lower() + ")");
    }
  }
  if remotes.len() == 0 { return; }
  let key = "seen:" + data.process.comm + ":" + data.process.uid;
  let previous = DataGet(key);
  let count = if previous != "" { parse_int(previous) + 1 } else { 1 };
  DataSet(key, `${count % 1000}`);
  let cmd = data.process.cmd.sub_string(0, 60);
  cmd.trim();
  "net-drop|" + remotes.len() + "|" + cmd + "|" + to_json(data.process)
}"#;
const R3: &str = "fn process(data) { to_json(data) }";

fn main() {
    let limits = Limits::default();
    let helpers = vec![
        (
            HelperId(0),
            HelperSpec::new("DataGet", "").param("key", ParamKind::Text).returns(Returns::Text),
        ),
        (
            HelperId(1),
            HelperSpec::new("DataSet", "")
                .param("key", ParamKind::Text)
                .param("value", ParamKind::Text)
                .returns(Returns::Status),
        ),
        (HelperId(2), HelperSpec::new("Info", "").param("message", ParamKind::Text)),
    ];
    let setup = Setup { helpers: helpers.into(), memory: limits.memory, now_millis: 0 };
    let mut machine = Engine::default().machine(&setup).expect("a machine");
    println!("machine: {} KiB", machine.memory() >> 10);
    let event = std::fs::read(concat!(env!("CARGO_MANIFEST_DIR"), "/../../benches/event.json"))
        .expect("the event");
    let Ok(Line::Event(mut event)) = Line::parse(event.trim_ascii(), 1) else { panic!("no event") };
    event.complete(1, 0, Timestamp::UNIX_EPOCH);
    let data = Runtime::data(&event, &Packed::of(&Value::Map(Default::default())));
    let invocation =
        Invocation { data: &data, kind: "k", name: "n", uuid: "u", seed: 1, limits: &limits };
    for (name, text) in [("empty", "fn process(data) {}"), ("R1", R1), ("R2", R2), ("R3", R3)] {
        let before = machine.memory();
        let source = Source { name: name.into(), text: text.into() };
        let start = Instant::now();
        let script = machine.load(&source, &limits).expect("a script");
        let loaded = start.elapsed();
        let mut times: Vec<f64> = (0..200)
            .map(|_| {
                const BATCH: u32 = 50;
                let start = Instant::now();
                for _ in 0..BATCH {
                    machine.run(script, &invocation, &mut Host).expect("it ends well");
                }
                start.elapsed().as_secs_f64() * 1e6 / f64::from(BATCH)
            })
            .collect();
        times.sort_by(f64::total_cmp);
        println!(
            "{name}: median {:.2} µs, p90 {:.2} µs; loaded in {loaded:?}, {} KiB",
            times[100],
            times[180],
            (machine.memory() - before) >> 10
        );
    }
}
