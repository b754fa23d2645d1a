//! The border in every language: what it costs to take an event in, to hand values back, to compile, and to run three reactions, beside plain Rust and Node.
//!
//! `cargo bench -p reactant-benches --bench border [-- FILTER]` prints criterion's figures, then one page: measurements × languages. A cell holds the median
//! of that very run and its ratio to plain Rust or, where that has no figure, to the fastest language. Read the ratios: times differ from machine to
//! machine. All are processor time of the measuring thread, which a busy machine disturbs less than the clock's.
//!
//! - `event_in`: an early exit. Naive: the event comes as text, which the language's own parser reads. Built: the view, which converts what is touched.
//! - `value_back`: sixteen records, made once and handed to a helper twenty times. Naive: as text, which the host parses. Built: as values.
//! - `compile`: loading the typical reaction, each time as a new text.
//! - `machine`: making a machine; what it holds at rest, empty and with the three reactions.
//! - `reactions`: the three of `reactant bench`. Before they are timed, their results in all languages are compared. Rhai writes the whole event on one
//!   line, which is less than the others write: there it may be faster than plain Rust, which indents.
//! - `loaded`: the early exit as 1, 60 and 1,000 scripts of one machine, called in turn: the bar is 1.5 times the cost of one.
//!
//! Last, JavaScript beside Node's `vm` with a fresh context for each event; without `node` on the path it is left out, and that is said.

#![allow(clippy::print_stdout, reason = "a bench prints its result")]

#[path = "../clock.rs"]
mod clock;
mod floor;
mod node;
mod page;
mod scripts;
mod stage;

use std::{collections::HashMap, hint::black_box, sync::Arc, time::Duration};

use criterion::{Criterion, SamplingMode};
use reactant_core::{
    engine::{Language, ReactionEngine},
    packed::Packed,
    value::Value,
};

use crate::{
    clock::ThreadClock,
    page::{FLOOR, Page, Unit},
    stage::Stage,
};

/// Holds Rhai's scripts to their memory.
#[global_allocator]
static METER: reactant_engines::Meter = reactant_engines::Meter::system();

const REACTIONS: [&str; 3] = ["early_exit", "typical", "whole_event"];
/// So many times as fast as Node's 10th percentile JavaScript is to be.
const BARS: [f64; 3] = [40.0, 15.0, 7.0];
const LOADED: [usize; 3] = [1, 60, 1000];
/// Scripts that a machine compiles before it is replaced, which keeps its memory flat.
const COMPILED: u64 = 64;

type Engine = Arc<dyn ReactionEngine>;

fn main() {
    let table = reactant_engines::table();
    let (engines, silent): (Vec<Engine>, Vec<Engine>) =
        table.iter().cloned().partition(|engine| scripts::speaks(engine.language()));
    let data = stage::data();
    compare(&engines, &data);
    let criterion = Criterion::default()
        .warm_up_time(Duration::from_millis(500))
        .measurement_time(Duration::from_secs(2))
        .sample_size(50)
        .configure_from_args();
    let mut bench = Bench { criterion, page: Page::default() };
    for engine in &engines {
        bench.page.column(engine.language().format);
    }
    bench.events_in(&engines, &data);
    bench.values_back(&engines, &data);
    bench.compiling(&engines);
    bench.machines(&engines);
    bench.reactions(&engines, &data);
    bench.loaded(&engines, &data);
    bench.criterion.final_summary();
    println!("\nMedians of one run; ratio to {FLOOR}, else to the fastest.\n\n{}", bench.page);
    for engine in silent {
        println!("no scripts in {}", engine.language().format);
    }
    println!("\nloaded scripts, called in turn: ratio to one");
    for count in LOADED {
        print!("{count:>6}");
        for engine in &engines {
            let format = engine.language().format;
            let figure = |count: usize| bench.page.get(&format!("loaded/{count}"), format);
            if let (Some(one), Some(many)) = (figure(1), figure(count)) {
                print!("  {format} {:.2}", many / one);
            }
        }
        println!();
    }
    if let Some(js) = table.get("js") {
        beside_node(&bench.page, &data, js.language());
    }
}

struct Bench {
    criterion: Criterion,
    page: Page,
}

impl Bench {
    /// Measures what `run` gives: the time of so many times.
    fn measure(&mut self, row: &str, column: &'static str, mut run: impl FnMut(u64) -> Duration) {
        let mut samples: Vec<(u64, f64)> = Vec::new();
        let mut group = self.criterion.benchmark_group(row);
        // All samples are then of one size.
        group.sampling_mode(SamplingMode::Flat);
        group.bench_function(column, |bencher| {
            bencher.iter_custom(|count| {
                let time = run(count);
                samples.push((count, time.as_nanos() as f64 / count as f64));
                time
            });
        });
        group.finish();
        let Some((size, _)) = samples.last().copied() else { return };
        // The warm-up's are of other sizes.
        let mut times: Vec<f64> =
            samples.into_iter().filter(|(count, _)| *count == size).map(|(_, time)| time).collect();
        times.sort_by(f64::total_cmp);
        self.page.set(row, Unit::Time, column, times[times.len() / 2]);
    }

    fn events_in(&mut self, engines: &[Engine], data: &Packed) {
        for engine in engines {
            let language = engine.language();
            let mut naive = Stage::new(engine, [&*scripts::own("event_in", language)]);
            naive.door.keep_event(data);
            self.measure("event_in/naive", language.format, timed(|_| naive.run(data, 0)));
        }
        for engine in engines {
            let language = engine.language();
            let mut built = Stage::new(engine, [&*scripts::reaction("early_exit", language)]);
            self.measure("event_in/built", language.format, timed(|_| built.run(data, 0)));
        }
    }

    fn values_back(&mut self, engines: &[Engine], data: &Packed) {
        for kind in ["naive", "built"] {
            for engine in engines {
                let language = engine.language();
                let text = scripts::own("value_back", language);
                let mut stage = Stage::new(engine, [&*text]).kind(kind);
                let row = format!("value_back/{kind}");
                self.measure(&row, language.format, timed(|_| stage.run(data, 0)));
            }
        }
    }

    fn compiling(&mut self, engines: &[Engine]) {
        for engine in engines {
            let language = engine.language();
            let text = scripts::reaction("typical", language);
            let mut number = 0;
            self.measure("compile", language.format, |count| {
                let mut time = Duration::ZERO;
                let mut left = count;
                while left > 0 {
                    let mut stage = Stage::empty(engine);
                    let now = left.min(COMPILED);
                    let texts: Vec<String> = (0..now)
                        .map(|index| scripts::numbered(&text, "net-drop", number + index))
                        .collect();
                    time += timed(|index| stage.load(&texts[index as usize]))(now);
                    (left, number) = (left - now, number + now);
                }
                time
            });
        }
    }

    fn machines(&mut self, engines: &[Engine]) {
        for engine in engines {
            let format = engine.language().format;
            self.measure("machine", format, timed(|_| drop(black_box(Stage::empty(engine)))));
        }
        for engine in engines {
            let language = engine.language();
            let mut at_rest = |row: &str, stage: &Stage| {
                self.page.set(row, Unit::Memory, language.format, stage.memory() as f64);
            };
            at_rest("machine, empty", &Stage::empty(engine));
            let texts = REACTIONS.map(|name| scripts::reaction(name, language));
            at_rest("machine, 3 scripts", &Stage::new(engine, texts.iter().map(|text| &**text)));
        }
    }

    fn reactions(&mut self, engines: &[Engine], data: &Packed) {
        for name in REACTIONS {
            let row = format!("reactions/{name}");
            for engine in engines {
                let language = engine.language();
                let mut stage = Stage::new(engine, [&*scripts::reaction(name, language)]);
                self.measure(&row, language.format, timed(|_| stage.run(data, 0)));
            }
            let reaction = floor::reaction(name);
            let mut store = HashMap::new();
            let run = |_| drop(black_box(reaction(black_box(data), &mut store)));
            self.measure(&row, FLOOR, timed(run));
        }
    }

    fn loaded(&mut self, engines: &[Engine], data: &Packed) {
        for count in LOADED {
            for engine in engines {
                let language = engine.language();
                let text = scripts::reaction("early_exit", language);
                // Each is a text of its own, as recipes' are.
                let texts: Vec<String> =
                    (0..count).map(|index| scripts::numbered(&text, "wget", index)).collect();
                let mut stage = Stage::new(engine, texts.iter().map(|text| &**text));
                let mut next = 0;
                let row = format!("loaded/{count}");
                self.measure(
                    &row,
                    language.format,
                    timed(|_| {
                        next = (next + 1) % count;
                        stage.run(data, next);
                    }),
                );
            }
        }
    }
}

/// The processor time of doing something so many times.
fn timed(mut run: impl FnMut(u64)) -> impl FnMut(u64) -> Duration {
    move |count| {
        let clock = ThreadClock::own();
        let start = clock.now();
        (0..count).for_each(&mut run);
        clock.now() - start
    }
}

/// Every language must come to what the others and plain Rust come to.
///
/// # Panics
///
/// Where one does not.
fn compare(engines: &[Engine], data: &Packed) {
    for name in REACTIONS {
        let wanted = floor::reaction(name)(data, &mut HashMap::new());
        for engine in engines {
            let language = engine.language();
            let stage = Stage::new(engine, [&*scripts::giving(name, language)]);
            let given = match stage.given(data) {
                Some(Value::Text(text)) => Some(text),
                _ => None,
            };
            assert_eq!(
                normal(name, given.as_deref()),
                normal(name, wanted.as_deref()),
                "{name} in {}",
                language.format
            );
        }
    }
    let mut records = Vec::new();
    for engine in engines {
        for kind in ["naive", "built"] {
            let text = scripts::own("value_back", engine.language());
            let stage = Stage::new(engine, [&*text]).kind(kind);
            records.push((engine.language().format, kind, stage.given(data)));
        }
    }
    for (format, kind, value) in &records {
        assert_eq!(value, &records[0].2, "value_back/{kind} in {format}");
    }
}

/// A result without what languages may do differently: the indentation of JSON.
fn normal(name: &str, result: Option<&str>) -> Option<String> {
    let result = result?;
    if name != "whole_event" {
        return Some(result.to_owned());
    }
    let json: serde_json::Value = serde_json::from_str(result).expect("the whole event is JSON");
    Some(json.to_string())
}

fn beside_node(page: &Page, data: &Packed, js: &Language) {
    let node = match node::tenth_percentiles(data, js, &REACTIONS) {
        Ok(node) => node,
        Err(error) => return println!("\nno comparison with Node: {error}"),
    };
    println!("\nreaction       js (median)  Node (10th percentile)  ratio  bar");
    for (name, bar) in REACTIONS.iter().zip(BARS) {
        let Some(ours) = page.get(&format!("reactions/{name}"), js.format) else { continue };
        let theirs = node.get(*name).copied().unwrap_or(f64::NAN);
        let ratio = theirs / ours;
        println!("{name:<14} {ours:>8.0} ns  {theirs:>19.0} ns  {ratio:>5.1}  {bar}");
    }
}
