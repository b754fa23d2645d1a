//! The corpus's hostile scripts against the deadline and the memory limit, in every language.
//!
//! `cargo bench -p reactant-benches --bench hostile -- [FORMAT] [FILTER] [RUNS]` runs each script of the corpus that must end within a time (100 times, where
//! nothing else is said; those of one language, whose name holds the filter) with 200 ms and 16 MiB. It prints how long an invocation took by the clock, how much
//! processor time its thread had in all and past the deadline, and by how much the process grew.
//!
//! The bars: the deadline plus a tenth, and the memory limit plus the runtime's own. A line that misses one ends in `!`: there, the thread still worked for longer
//! than that tenth after the deadline. One that ends in `~` was late by the clock alone: it waited, for its turn on a busy machine if nothing in the script waits.
//! `nice -n -15`, where allowed, keeps the machine's other work out of the figures.

#![allow(clippy::print_stdout, reason = "a bench prints its result")]

mod case;
#[path = "../clock.rs"]
mod clock;
mod run;

use std::{path::Path, time::Duration};

use reactant_core::engine::Language;

use crate::run::{MEMORY, Measured};

/// Holds Rhai's scripts to their memory.
#[global_allocator]
static METER: reactant_engines::Meter = reactant_engines::Meter::system();

const BAR: Duration = Duration::from_millis(220);
/// The runtime's own: what the host notes of an invocation's messages, acts and rejections.
const OWN: usize = 4 << 20;

fn main() {
    let engines = reactant_engines::watched().expect("nothing else of this process claims signals");
    let mut runs = 100_usize;
    let mut filter = String::new();
    let mut only = None;
    // Cargo adds options of its own.
    for word in std::env::args().skip(1).filter(|word| !word.starts_with('-')) {
        match (word.parse(), engines.get(&word)) {
            (Ok(number), _) => runs = number,
            (_, Some(engine)) => only = Some(engine.language().format),
            _ => filter = word,
        }
    }
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("../engines/tests/corpus");
    let cases = case::below(&corpus);
    println!(
        "{runs} runs each, in ms             median     p99     max   processor    past   growth"
    );
    println!(
        "{:32} of {:>26.0}          in all    of {:>2.0}   of {} MiB",
        "",
        millis(BAR),
        millis(BAR - run::DEADLINE),
        (MEMORY + OWN) >> 20
    );
    let mut totals = Vec::new();
    // What is only started where it is granted is not in this process.
    for language in engines.languages().filter(|language| language.capability.is_none()) {
        if only.is_some_and(|only| only != language.format) {
            continue;
        }
        let probe = corpus.join(format!("probe.{}", language.extensions[0]));
        let mut total = Total { language, scripts: 0, late: 0, waited: 0, large: 0 };
        for case in cases.iter().filter(|case| case.name.contains(&filter)) {
            let Some(script) = case.script(language) else { continue };
            let format = language.format;
            let measured = run::run(&engines, case, format, &script, &probe, runs.max(1));
            total.add(&case.name, measured);
        }
        totals.push(total);
    }
    for total in totals {
        println!(
            "{}: {} scripts, {} beyond the deadline plus a tenth ({} more by the clock alone), {} larger than the limit and the runtime's own",
            total.language.format, total.scripts, total.late, total.waited, total.large
        );
    }
}

/// What was seen of one language.
struct Total {
    language: &'static Language,
    scripts: usize,
    late: usize,
    waited: usize,
    large: usize,
}

impl Total {
    fn add(&mut self, name: &str, mut measured: Measured) {
        measured.times.sort();
        let times = &measured.times;
        let at = |percent: usize| times[(times.len() * percent).div_ceil(100).max(1) - 1];
        let grown = measured.growth as f64 / f64::from(1 << 20);
        let late = measured.past > BAR - run::DEADLINE;
        let waited = !late && at(100) > BAR;
        let large = measured.growth > MEMORY + OWN;
        self.scripts += 1;
        self.late += usize::from(late);
        self.waited += usize::from(waited);
        self.large += usize::from(large);
        let mark = match (late || large, waited) {
            (true, _) => " !",
            (_, true) => " ~",
            _ => "",
        };
        println!(
            "{:4} {name:29} {:>7.1} {:>7.1} {:>7.1}     {:>7.1} {:>7.1} {grown:>8.1}{mark}",
            self.language.format,
            millis(at(50)),
            millis(at(99)),
            millis(at(100)),
            millis(measured.processor),
            millis(measured.past),
        );
    }
}

fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}
