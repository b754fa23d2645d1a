//! The corpus's hostile scripts against the deadline and the memory limit.
//!
//! `cargo bench -p reactant-benches --bench hostile -- [FILTER] [RUNS]` runs each (100 times, where nothing else is said) with 200 ms and 16 MiB, and prints how
//! long an invocation took and how much the process grew by. The bars: the deadline plus a tenth, and the memory limit plus the runtime's own; a line that
//! misses one ends in `!`.

#![allow(clippy::print_stdout, reason = "a bench prints its result")]

use std::{
    fs,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use reactant_core::{
    detection::Detection,
    engine::{Engines, Source},
    event::Line,
    limits::Limits,
    recipe::{ReactionSpec, Recipe, SourceMap},
    runtime::{Report, Runtime},
};
use reactant_helpers::{Standard, store::Store};

const DEADLINE: Duration = Duration::from_millis(200);
const BAR: Duration = Duration::from_millis(220);
const MEMORY: usize = 16 << 20;
/// The runtime's own: what the host notes of an invocation's messages, acts and rejections.
const OWN: usize = 4 << 20;

fn main() {
    let mut runs = 100_usize;
    let mut filter = String::new();
    // Cargo adds options of its own.
    for word in std::env::args().skip(1).filter(|word| !word.starts_with('-')) {
        match word.parse() {
            Ok(number) => runs = number,
            Err(_) => filter = word,
        }
    }
    let engines = reactant_engines::watched().expect("nothing else of this process claims signals");
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engines/tests/corpus/hostile");
    let mut folders: Vec<PathBuf> = fs::read_dir(&corpus)
        .expect("the corpus is beside the benches")
        .filter_map(|entry| Some(entry.ok()?.path()))
        .filter(|folder| folder.join("reaction.js").is_file())
        .collect();
    folders.sort();
    println!(
        "{runs} runs each        median      p99      max of {BAR:?}   growth of {} MiB",
        MEMORY >> 20
    );
    let (mut cases, mut late, mut large) = (0, 0, 0);
    for folder in folders {
        let name = folder.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.contains(&filter) {
            continue;
        }
        let (mut times, growth) = run(&engines, &folder.join("reaction.js"), runs.max(1));
        times.sort();
        let at = |percent: usize| times[(times.len() * percent).div_ceil(100).max(1) - 1];
        let (max, grown) = (at(100), growth as f64 / f64::from(1 << 20));
        let (is_late, is_large) = (max > BAR, growth > MEMORY + OWN);
        cases += 1;
        late += usize::from(is_late);
        large += usize::from(is_large);
        println!(
            "{name:32} {:>8.1} {:>8.1} {:>8.1} ms {grown:>8.1} MiB{}",
            millis(at(50)),
            millis(at(99)),
            millis(max),
            if is_late || is_large { " !" } else { "" }
        );
    }
    println!(
        "{cases} scripts: {late} later than the deadline plus a tenth, {large} larger than the limit and the runtime's own"
    );
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// How long each invocation took, and by how many bytes the process grew at most while they ran.
fn run(engines: &Engines, script: &Path, runs: usize) -> (Vec<Duration>, usize) {
    let times: Arc<Mutex<Vec<Duration>>> = Arc::default();
    let sink = Arc::clone(&times);
    let recipes = vec![recipe("plain", "function process(data) {}", script), {
        let text = fs::read_to_string(script).expect("a script of the corpus is text");
        recipe("hostile", &text, script)
    }];
    let runtime = Runtime::builder()
        .engines(engines.clone())
        .helpers(Standard::new(Store::memory()).registry())
        .recipes(recipes.clone())
        .limits(Limits { timeout: DEADLINE, memory: MEMORY, ..Limits::default() })
        .on_report(move |report| {
            if let Report::Outcome(outcome) = report {
                sink.lock().expect("no holder panics").push(outcome.duration);
            }
        })
        .build()
        .expect("the system has threads");
    // The first makes the machine, which is in no script's time.
    answer(&runtime, &recipes, 0, 1);
    times.lock().expect("no holder panics").clear();
    let before = restart_peak();
    for number in 0..runs {
        answer(&runtime, &recipes, 1, number as u64 + 2);
    }
    let growth = status("VmHWM:").saturating_sub(before);
    let _ = runtime.finish();
    (std::mem::take(&mut *times.lock().expect("no holder panics")), growth)
}

fn answer(runtime: &Runtime, recipes: &[Arc<Recipe>], index: usize, number: u64) {
    let line = Line::parse(br#"{"event_type":"execution"}"#, number).expect("this is an event");
    let Line::Event(mut event) = line else { unreachable!("it has no header's type") };
    event.complete(number, 0, jiff::Timestamp::UNIX_EPOCH);
    let recipe = Arc::clone(&recipes[index]);
    let data = Arc::new(Runtime::data(&event, &recipe.metadata));
    runtime.answer(Detection { event: Arc::new(event), recipe, recipe_index: index, data });
    runtime.drain().unwrap();
}

fn recipe(name: &str, text: &str, file: &Path) -> Arc<Recipe> {
    let reaction = ReactionSpec {
        format: "js",
        name: None,
        source: Source { name: name.into(), text: text.into() },
        map: SourceMap { file: file.into(), first_line: 1, indent: 0, first_column: 0 },
        timeout: None,
        memory: None,
        capabilities: None,
        dry_run: false,
    };
    Recipe::of_reaction(name, reaction).into()
}

/// Sets the process's high-water mark to what it has now, and gives that (`clear_refs`, proc_pid_clear_refs(5)).
fn restart_peak() -> usize {
    // Else the growth would read too small.
    fs::write("/proc/self/clear_refs", "5").expect("the kernel lets a process reset its own mark");
    status("VmRSS:")
}

/// A size of `/proc/self/status`, in bytes.
fn status(field: &str) -> usize {
    let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(field));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<usize>().ok());
    kib.unwrap_or_default() << 10
}
