//! A recording of 100,000 events through 60 recipes: events per second, peak memory, and where the time goes.
//!
//! `cargo bench -p reactant-benches --bench replay [-- EVENTS]`. The recording derives from a printed seed; every event is one of 4 KB with six ancestors and four
//! remote peers, and every tenth fires a recipe.

#![allow(clippy::print_stdout, reason = "a bench prints its result")]

use std::{
    fmt::Write as _,
    fs::File,
    io::{BufWriter, Write},
    path::Path,
    time::{Duration, Instant},
};

use reactant_core::{event::Line, runtime::Runtime, seed::mix};
use reactant_helpers::{Standard, store::Store};
use reactant_sensor::{Content, Input, Replay, Source};

const SEED: u64 = 42;
const RECIPES: usize = 60;

fn main() {
    let count = std::env::args().filter_map(|arg| arg.parse().ok()).next().unwrap_or(100_000_u64);
    let folder = std::env::temp_dir().join(format!("reactant-replay-{}", std::process::id()));
    std::fs::create_dir(&folder).expect("a folder for the recording");
    let recording = folder.join("events.jsonl");
    let bytes = record(&recording, count).expect("a recording");
    println!("{count} events, {} MB, {RECIPES} recipes, seed {SEED}", bytes >> 20);
    let before = peak();
    println!("peak memory before: {} MiB", before >> 10);

    let start = Instant::now();
    let parsed = replay(&recording, |_| {});
    let parsing = start.elapsed();
    tell("parsing alone", parsed, parsing);

    let builder = Runtime::builder()
        .engines(reactant_engines::watched().expect("a free signal"))
        .helpers(Standard::new(Store::memory()).registry());
    let loaded = builder.load_text("bench.yaml", &recipes());
    assert_eq!(loaded.recipes.len(), RECIPES, "{:?}", loaded.diagnostics);
    let runtime = builder.recipes(loaded.recipes).build().expect("a runtime");
    let start = Instant::now();
    let events = replay(&recording, |event| {
        runtime.submit(event);
    });
    let figures = runtime.finish();
    let whole = start.elapsed();
    tell("parsing, matching, reactions", events, whole);
    println!(
        "{} detections, {} reactions, {} errors; peak memory {} MiB",
        figures.detections,
        figures.reactions,
        figures.errors,
        peak() >> 10
    );
    // Reactions run on a thread of their own beside the others: the shares are of the processor time, not of the clock's.
    let busy = (parsing + figures.matching + figures.reacting).as_secs_f64();
    for (name, time) in
        [("parsing", parsing), ("matching", figures.matching), ("reactions", figures.reacting)]
    {
        println!(
            "{name:<10} {:>8.2} s {:>5.1} %",
            time.as_secs_f64(),
            time.as_secs_f64() / busy * 100.0
        );
    }
    std::fs::remove_dir_all(&folder).expect("the folder is ours");
}

fn tell(what: &str, events: u64, time: Duration) {
    println!(
        "{what}: {:.2} s, {:.0} events/s",
        time.as_secs_f64(),
        events as f64 / time.as_secs_f64()
    );
}

fn replay(recording: &Path, mut each: impl FnMut(reactant_core::event::Event)) -> u64 {
    let mut replay =
        Replay::start(vec![Input::from_argument(recording)], 1).expect("a parsing thread");
    let mut events = 0;
    while let Some(item) = replay.next() {
        let Content::Event(event) = item.content else { panic!("no event: {item:?}") };
        events += 1;
        each(event);
    }
    events
}

/// Kibibytes of the largest resident set so far (`proc(5)`, `VmHWM`).
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.and_then(|line| line.trim().trim_end_matches(" kB").parse().ok()).unwrap_or_default()
}

/// Writes a recording; gives its size in bytes.
fn record(path: &Path, count: u64) -> std::io::Result<u64> {
    let template = include_str!("../cli/samples/bench/event.json").trim();
    Line::parse(template.as_bytes(), 1).map_err(std::io::Error::other)?;
    let mut out = BufWriter::new(File::create(path)?);
    for number in 0..count {
        let random = mix(SEED, number);
        let hot = random.is_multiple_of(10);
        let recipe = (random >> 8) as usize % RECIPES;
        let pid = 1000 + (random >> 20) % 30_000;
        let file = if hot {
            format!("/srv/hot/{recipe}")
        } else {
            format!("/usr/bin/tool{}", random % 977)
        };
        let line = template
            .replace("\"pid\":4242", &format!("\"pid\":{pid}"))
            .replace("\"file\":\"/usr/bin/curl\"", &format!("\"file\":\"{file}\""))
            .replace(
                "203.0.113.7",
                &format!("203.0.{}.{}", random >> 40 & 255, random >> 48 & 255),
            );
        writeln!(out, "{line}")?;
    }
    out.flush()?;
    Ok(std::fs::metadata(path)?.len())
}

/// A third each by exact file, by directory and name, by expression; all with filters, a noise limit that never bites, and the typical reaction.
fn recipes() -> String {
    let reaction = include_str!("../cli/samples/bench/typical.js").replace('\n', "\n        ");
    let mut text = String::new();
    for index in 0..RECIPES {
        let base = match index % 3 {
            0 => format!("{{dir: /srv/hot, base: '{index}'}}"),
            1 => format!("{{regex: '^/srv/hot/{index}$'}}"),
            _ => format!("{{base: '{index}'}}"),
        };
        let _ = write!(
            text,
            "- kind: bench\n  name: bench_{index}\n  version: 1.0\n  description: One of sixty\n  breed: execution\n  mechanism: execution\n  importance: low\n  \
             file_actions: execve\n  bases: [{base}]\n  times: [{{kind: times_in_total, max: 1000000000}}]\n  \
             arbitrary: [{{items: [{{what: uid, which: pertinent, number: 1000}}]}}]\n  reactions:\n    - format: js\n      code: |\n        {reaction}\n"
        );
    }
    text
}
