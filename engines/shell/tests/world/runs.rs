//! One script in one runtime, and a look at what it left.

use std::{
    fs,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};

use jiff::Timestamp;
use reactant_core::{
    audit::Entry,
    capability::Grants,
    detection::Detection,
    engine::{Engines, ReactionEngine, Source},
    event::Line,
    limits::Limits,
    recipe::{ReactionSpec, Recipe, SourceMap},
    runtime::{Outcome, Report, Runtime, Status},
};
use reactant_engine_shell::Engine;
use reactant_helpers::{Standard, store::Store};

pub(crate) struct Run {
    script: String,
    event: String,
    limits: Limits,
    real: bool,
    mark: String,
}

/// What became of it.
pub(crate) struct Done {
    pub(crate) status: Status,
    pub(crate) took: Duration,
    /// Processes, folders and control groups that are still there.
    pub(crate) left: Vec<String>,
    outcome: Outcome,
}

impl Done {
    /// The messages, in order.
    pub(crate) fn said(&self) -> Vec<String> {
        let message = |entry: &Entry| match entry {
            Entry::Log { message, .. } => Some(message.clone()),
            Entry::Action(_) => None,
        };
        self.outcome.entries.iter().filter_map(message).collect()
    }
}

impl Run {
    pub(crate) fn real(script: &str) -> Run {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let mark = format!(
            "reactant-test-{}-{}",
            std::process::id(),
            COUNT.fetch_add(1, Ordering::Relaxed)
        );
        Run {
            script: script.to_owned(),
            event: r#"{"event_type":"execution"}"#.to_owned(),
            limits: Limits::default(),
            real: true,
            mark,
        }
    }

    pub(crate) fn dry(script: &str) -> Run {
        Run { real: false, ..Run::real(script) }
    }

    pub(crate) fn event(mut self, event: &str) -> Run {
        event.clone_into(&mut self.event);
        self
    }

    pub(crate) fn timeout(mut self, timeout: Duration) -> Run {
        self.limits.timeout = timeout;
        self
    }

    fn runtime(&self, outcomes: &Arc<Mutex<Vec<Outcome>>>) -> (Runtime, Detection) {
        let sink = Arc::clone(outcomes);
        let spec = ReactionSpec {
            format: "shell",
            name: None,
            source: Source { name: "reaction.sh".into(), text: self.script.as_str().into() },
            map: SourceMap {
                file: Path::new("reaction.sh").into(),
                first_line: 1,
                indent: 0,
                first_column: 0,
            },
            timeout: None,
            memory: None,
            capabilities: None,
            dry_run: false,
        };
        // The recipe's name is in the environment of each of its processes: by that they are found.
        let recipe = Arc::new(Recipe::of_reaction(&self.mark, spec));
        let grants = Grants::standard().with(&["exec.shell".parse().unwrap()]);
        let runtime = Runtime::builder()
            .engines(Engines::new().with(Engine::default()))
            .helpers(Standard::new(Store::memory()).registry())
            .recipes(vec![Arc::clone(&recipe)])
            .grants(grants)
            .limits(self.limits)
            .enforce(self.real)
            .run_shell(true)
            .on_report(move |report| {
                if let Report::Outcome(outcome) = report {
                    sink.lock().unwrap().push(outcome);
                }
            })
            .build()
            .unwrap();
        let Line::Event(mut event) = Line::parse(self.event.as_bytes(), 1).unwrap() else {
            panic!("no event")
        };
        event.complete(1, 0, Timestamp::UNIX_EPOCH);
        let data = Arc::new(Runtime::data(&event, &recipe.metadata));
        (runtime, Detection { event: Arc::new(event), recipe, recipe_index: 0, data })
    }

    pub(crate) fn go(self) -> Done {
        let outcomes = Arc::default();
        let (runtime, detection) = self.runtime(&outcomes);
        // What the first use tries out is not in the time.
        let _ = confinement();
        let start = Instant::now();
        runtime.answer(detection);
        let _ = runtime.finish();
        let took = start.elapsed();
        let left = residue(&self.mark);
        let outcome = outcomes.lock().unwrap().remove(0);
        Done { status: outcome.status, took: outcome.duration.min(took), left, outcome }
    }

    /// How long it takes to drop the runtime in the middle.
    pub(crate) fn drop_after(self, time: Duration) -> Duration {
        let outcomes = Arc::default();
        let (runtime, detection) = self.runtime(&outcomes);
        runtime.answer(detection);
        std::thread::sleep(time);
        let start = Instant::now();
        drop(runtime);
        assert_eq!(residue(&self.mark), Vec::<String>::new());
        start.elapsed()
    }
}

/// What holds here.
pub(crate) fn confinement() -> Vec<String> {
    Engine::default().confinement()
}

/// The processes that have the mark in their environment, which are killed so that nothing stays, and whatever else is left of this test's own.
pub(crate) fn residue(mark: &str) -> Vec<String> {
    let mut left = Vec::new();
    for entry in fs::read_dir("/proc").unwrap().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<i32>().ok()) else {
            continue;
        };
        let environment = fs::read(entry.path().join("environ")).unwrap_or_default();
        if environment
            .split(|byte| *byte == 0)
            .any(|variable| variable == format!("REACTION_NAME={mark}").as_bytes())
        {
            left.push(fs::read_to_string(entry.path().join("cmdline")).unwrap_or_default());
            if let Some(pid) = rustix::process::Pid::from_raw(pid) {
                let _ = rustix::process::kill_process(pid, rustix::process::Signal::KILL);
            }
        }
    }
    left
}
