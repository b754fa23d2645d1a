//! The three reactions of the project's first measurements, isolation and limits on, beside Node's `vm` with a fresh context for each event.
//!
//! `cargo bench -p reactant-benches --bench reactions` prints criterion's figures, then the ratios of one run. Without `node` on the path the ratios are
//! left out, and that is said.

#![allow(clippy::print_stdout, reason = "a bench prints its result")]

use std::{
    collections::HashMap,
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

use criterion::Criterion;
use reactant_core::{
    engine::{Door, Invocation, Machine, ScriptId, Setup, Source},
    event::{Event, Line},
    helper::{HelperId, HelperSpec, ParamKind, Returns},
    limits::{Limits, Stop},
    packed::{Indent, Packed},
    value::Value,
};

/// The reactions and the event that `reactant bench` runs too.
const SAMPLES: &str = "../cli/samples/bench";
const REACTIONS: [&str; 3] = ["early_exit", "typical", "whole_event"];
/// The bars: so many times as fast as Node's 10th percentile.
const BARS: [f64; 3] = [40.0, 15.0, 7.0];
const LOADED: [usize; 3] = [1, 60, 1000];

fn main() {
    let mut criterion = Criterion::default().configure_from_args();
    let here = Path::new(env!("CARGO_MANIFEST_DIR"));
    let data = data(&here.join(SAMPLES).join("event.json"));
    let mut medians = Vec::new();
    for name in REACTIONS {
        let mut bench = Bench::new(&read(&reaction(here, name)), 1);
        criterion.bench_function(&format!("quickjs/{name}"), |b| b.iter(|| bench.run(&data, 0)));
        medians.push(bench.median(&data));
    }
    let mut by_count = Vec::new();
    for count in LOADED {
        let mut bench = Bench::new(&read(&reaction(here, "early_exit")), count);
        let mut next = 0;
        criterion.bench_function(&format!("quickjs/early_exit of {count} loaded, in turn"), |b| {
            b.iter(|| {
                next = (next + 1) % count;
                bench.run(&data, next);
            });
        });
        by_count.push(bench.median(&data));
    }
    println!("\nloaded scripts, called in turn: ns per invocation, ratio to one");
    for (count, median) in LOADED.iter().zip(&by_count) {
        println!("{count:>6} {median:>10.0} {:>6.2}", median / by_count[0]);
    }
    match node(here, &data) {
        Ok(node) => {
            println!("\nreaction       ours (median)  Node (10th percentile)  ratio  bar");
            for ((name, ours), bar) in REACTIONS.iter().zip(&medians).zip(BARS) {
                let theirs = node.get(*name).copied().unwrap_or(f64::NAN);
                let ratio = theirs / ours;
                println!("{name:<14} {ours:>10.0} ns  {theirs:>19.0} ns  {ratio:>5.1}  {bar}");
            }
        }
        Err(error) => println!("\nno comparison with Node: {error}"),
    }
    criterion.final_summary();
}

fn reaction(here: &Path, name: &str) -> PathBuf {
    here.join(SAMPLES).join(format!("{name}.js"))
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn data(path: &Path) -> Packed {
    let Ok(Line::Event(event)) = Line::parse(read(path).trim().as_bytes(), 1) else {
        panic!("{} holds no event", path.display());
    };
    let event: Event = event;
    let metadata = [("kind", "bench"), ("name", "bench"), ("tactic", "TA0011")];
    let metadata = metadata.map(|(key, text)| (key.to_owned(), Value::from(text)));
    event.data(&Packed::of(&Value::Map(metadata.into_iter().collect())), event.actions())
}

/// Machines with loaded scripts, and a host of a hash map.
struct Bench {
    machine: Box<dyn Machine>,
    scripts: Vec<ScriptId>,
    door: MapDoor,
    limits: Limits,
}

impl Bench {
    fn new(text: &str, count: usize) -> Bench {
        let engines = reactant_engines::table();
        let engine = engines.get("js").expect("the bench is built with QuickJS");
        let limits = Limits::default();
        let text_spec =
            |name: &'static str| HelperSpec::new(name, "").param("key", ParamKind::Text);
        let helpers = [
            text_spec("DataGet").returns(Returns::Text),
            text_spec("DataSet").param("value", ParamKind::Text).returns(Returns::Status),
            HelperSpec::new("Warn", "").param("message", ParamKind::Text),
        ];
        let helpers = helpers.into_iter().zip(0..).map(|(spec, id)| (HelperId(id), spec)).collect();
        let setup = Setup { helpers, memory: limits.memory, now_millis: 0 };
        let mut machine = engine.machine(&setup).expect("a machine");
        let scripts = (0..count)
            .map(|index| {
                // Each is a text of its own, as recipes' are.
                let text = format!("{text}\n// {index}").into();
                let source = Source { name: format!("{index}.js").into(), text };
                machine.load(&source, &limits).expect("the reactions load")
            })
            .collect();
        Bench { machine, scripts, door: MapDoor::default(), limits }
    }

    fn run(&mut self, data: &Packed, index: usize) {
        let invocation = Invocation {
            data,
            kind: "bench",
            name: "bench",
            uuid: "0199c2d4-7e5a-7a11-9b6e-4f0e8f2a4242",
            seed: 1,
            limits: &self.limits,
        };
        let result = self.machine.run(self.scripts[index], &invocation, &mut self.door);
        result.expect("the reactions run");
    }

    /// Nanoseconds, the median of 200 batches.
    fn median(&mut self, data: &Packed) -> f64 {
        const BATCH: u32 = 200;
        let mut next = 0;
        let mut times: Vec<f64> = (0..200)
            .map(|_| {
                let start = Instant::now();
                for _ in 0..BATCH {
                    next = (next + 1) % self.scripts.len();
                    self.run(data, next);
                }
                start.elapsed().as_nanos() as f64 / f64::from(BATCH)
            })
            .collect();
        times.sort_by(f64::total_cmp);
        times[times.len() / 2]
    }
}

#[derive(Default)]
struct MapDoor {
    store: HashMap<String, String>,
}

impl Door for MapDoor {
    fn call(&mut self, helper: HelperId, args: &[Value]) -> Result<Value, Stop> {
        let text = |index: usize| args.get(index).and_then(Value::as_text).unwrap_or_default();
        Ok(match helper.0 {
            0 => self.store.get(text(0)).map_or(Value::from(""), |value| value.as_str().into()),
            1 => {
                self.store.insert(text(0).to_owned(), text(1).to_owned());
                Value::Int(0)
            }
            _ => Value::Null,
        })
    }

    fn now_millis(&mut self) -> i64 {
        0
    }
}

/// Node's 10th percentiles in nanoseconds, on the same data and the same sources.
fn node(here: &Path, data: &Packed) -> Result<HashMap<String, f64>, String> {
    let event = std::env::temp_dir().join(format!("reactant-bench-{}.json", std::process::id()));
    std::fs::write(&event, data.root().to_json(Indent::None)).map_err(|error| error.to_string())?;
    let output = Command::new("node")
        .arg(here.join("node.js"))
        .arg(&event)
        .args(REACTIONS.map(|name| reaction(here, name)))
        .output();
    let _ = std::fs::remove_file(&event);
    let output = output.map_err(|error| format!("node: {error}"))?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned());
    }
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    Ok(lines
        .lines()
        .filter_map(|line| {
            let mut words = line.split(' ');
            Some((words.next()?.to_owned(), words.next()?.parse().ok()?))
        })
        .collect())
}
