//! One script, many times.

use std::{
    fs,
    path::Path,
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
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

use crate::{case::Case, clock::ThreadClock};

pub(crate) const DEADLINE: Duration = Duration::from_millis(200);
pub(crate) const MEMORY: usize = 16 << 20;
const PROBE: usize = 0;
const HOSTILE: usize = 1;

/// What was seen of a script.
pub(crate) struct Measured {
    /// How long each invocation took by the clock.
    pub(crate) times: Vec<Duration>,
    /// The most processor time that one had.
    pub(crate) processor: Duration,
    /// The most processor time that one had after its deadline.
    pub(crate) past: Duration,
    /// By how many bytes the process grew at most while they ran.
    pub(crate) growth: usize,
}

/// How an invocation ended.
struct Ended {
    duration: Duration,
    worker: ThreadClock,
    /// The worker's clock then.
    at: Duration,
}

/// Runs a script so many times, in turn on the events of its case. The probe is another script in that language.
pub(crate) fn run(
    engines: &Engines,
    case: &Case,
    format: &'static str,
    script: &Path,
    probe: &Path,
    runs: usize,
) -> Measured {
    let (sender, ended) = mpsc::channel();
    let recipes = vec![recipe(format, probe), recipe(format, script)];
    let usual = Limits { timeout: DEADLINE, memory: MEMORY, ..Limits::default() };
    let limits = Limits {
        helper_calls: case.helper_calls.unwrap_or(usual.helper_calls),
        output: case.output.unwrap_or(usual.output),
        ..usual
    };
    let runtime = Runtime::builder()
        .engines(engines.clone())
        .helpers(Standard::new(Store::memory()).registry())
        .recipes(recipes.clone())
        .limits(limits)
        .on_report(move |report| {
            if let Report::Outcome(outcome) = report {
                let worker = ThreadClock::own();
                let ended = Ended { duration: outcome.duration, worker, at: worker.now() };
                // The bench ends before its last report only when it panics.
                let _ = sender.send(ended);
            }
        })
        .build()
        .expect("the system has threads");
    let answer = |index: usize, number: u64| {
        let event = &case.events[number as usize % case.events.len()];
        let line = Line::parse(event.as_bytes(), number).expect("a case's events are events");
        let Line::Event(mut event) = line else { panic!("{} has a header", case.name) };
        event.complete(number, 0, jiff::Timestamp::UNIX_EPOCH);
        let recipe = Arc::clone(&recipes[index]);
        let data = Arc::new(Runtime::data(&event, &recipe.metadata));
        runtime.answer(Detection { event: Arc::new(event), recipe, recipe_index: index, data });
    };
    // The first makes the machine, which is in no script's time.
    answer(PROBE, 0);
    let Ended { worker, at: mut last, .. } = ended.recv().expect("each is reported");
    let before = restart_peak();
    let mut measured =
        Measured { times: Vec::new(), processor: Duration::ZERO, past: Duration::ZERO, growth: 0 };
    for number in 0..runs {
        answer(HOSTILE, number as u64);
        let (now, past) = match ended.recv_timeout(DEADLINE) {
            Ok(now) => (now, Duration::ZERO),
            Err(RecvTimeoutError::Timeout) => {
                let had = worker.now();
                let now = ended.recv().expect("each is reported");
                let past = now.at.saturating_sub(had);
                (now, past)
            }
            Err(RecvTimeoutError::Disconnected) => panic!("{} was not reported", case.name),
        };
        measured.times.push(now.duration);
        measured.processor = measured.processor.max(now.at - last);
        measured.past = measured.past.max(past);
        last = now.at;
    }
    measured.growth = status("VmHWM:").saturating_sub(before);
    let _ = runtime.finish();
    measured
}

fn recipe(format: &'static str, file: &Path) -> Arc<Recipe> {
    let text = fs::read_to_string(file).expect("a script of the corpus is text");
    let name = file.display().to_string();
    let reaction = ReactionSpec {
        format,
        name: None,
        source: Source { name: name.as_str().into(), text: text.into() },
        map: SourceMap { file: file.into(), first_line: 1, indent: 0, first_column: 0 },
        timeout: None,
        memory: None,
        capabilities: None,
        dry_run: false,
    };
    Recipe::of_reaction(&name, reaction).into()
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
