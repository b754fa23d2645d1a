//! One machine of one language behind a real host, on a thread as the runtime's workers are.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, LazyLock, Mutex, PoisonError,
        atomic::AtomicBool,
        mpsc::{Receiver, SyncSender, sync_channel},
    },
    thread,
    time::Duration,
};

use jiff::Timestamp;
use reactant_core::{
    audit::Entry,
    capability::Grants,
    clock::EventClock,
    detection::Detection,
    engine::{Engines, Halt, Invocation, Language, Machine, ScriptId, Setup, Source},
    event::Line,
    helper::Registry,
    host::{Host, Terms},
    limits::{Limits, Stop},
    recipe::{ReactionSpec, Recipe, SourceMap},
    runtime::Runtime,
};
use rustix::time::{ClockId, clock_gettime};

/// One table for all: a process has one watchdog.
static ENGINES: LazyLock<Engines> = LazyLock::new(|| {
    reactant_engines::watched().expect("nothing else of this process claims signals")
});

/// What the runtime gives its workers, in bytes.
const STACK: usize = 8 << 20;

/// The language of a format name.
///
/// # Panics
///
/// Panics where this build lacks it, and where another language that it has lacks targets.
pub(crate) fn language(format: &str) -> &'static Language {
    let targets = Path::new(env!("CARGO_MANIFEST_DIR")).join("targets");
    for language in ENGINES.languages() {
        for kind in ["values", "program"] {
            let file = targets.join(format!("{kind}_{}.rs", language.format));
            assert!(file.is_file(), "{} is missing", file.display());
        }
    }
    ENGINES.get(format).expect("the build has this engine").language()
}

/// The folder of the conformance corpus.
pub(crate) fn corpus() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../engines/tests/corpus")
}

/// What is done with an input in a language, by its format name.
pub(crate) type Task = fn(&'static str, &[u8]);

/// Does a task with each input, on one thread of the process that has a worker's stack.
///
/// A panic there ends the process, as one here would: libFuzzer's hook sees to that.
pub(crate) fn on_worker(format: &'static str, bytes: &[u8], task: Task) {
    type Worker = (SyncSender<(&'static str, Vec<u8>, Task)>, Receiver<()>);
    static WORKER: LazyLock<Mutex<Worker>> = LazyLock::new(|| {
        let (sender, inputs) = sync_channel::<(&'static str, Vec<u8>, Task)>(0);
        let (done, receiver) = sync_channel(0);
        let work = move || {
            for (format, bytes, task) in inputs {
                task(format, &bytes);
                if done.send(()).is_err() {
                    break;
                }
            }
        };
        let worker = thread::Builder::new().name("worker".into()).stack_size(STACK);
        worker.spawn(work).expect("the process may have a second thread");
        Mutex::new((sender, receiver))
    });
    let worker = WORKER.lock().unwrap_or_else(PoisonError::into_inner);
    worker.0.send((format, bytes.to_vec(), task)).expect("the worker lives as long as the process");
    worker.1.recv().expect("the worker answers each input");
}

/// A machine and what it is used with.
pub(crate) struct World {
    machine: Box<dyn Machine>,
    registry: Registry,
    recipe: Arc<Recipe>,
}

/// How an invocation ended.
#[derive(Debug)]
pub(crate) struct Ended {
    /// The host's verdict.
    pub(crate) verdict: Option<Stop>,
    pub(crate) result: Result<(), Halt>,
    pub(crate) entries: Vec<Entry>,
    /// The thread's time, which does not depend on what else the system does.
    pub(crate) took: Duration,
}

impl World {
    /// A machine for the calling thread; no script on it gets more memory than `memory` bytes.
    pub(crate) fn new(format: &str, registry: Registry, memory: usize) -> World {
        let language = language(format);
        let limits = Limits { memory, ..Limits::default() };
        let engine = ENGINES.get(format).expect("the language is of this table");
        let machine = engine.machine(&Setup::new(&registry, &limits, 0)).expect("a machine");
        let spec = ReactionSpec {
            format: language.format,
            name: None,
            source: Source { name: "fuzz".into(), text: "".into() },
            map: SourceMap {
                file: Path::new("fuzz").into(),
                first_line: 1,
                indent: 0,
                first_column: 0,
            },
            timeout: None,
            memory: None,
            capabilities: None,
            dry_run: true,
        };
        // The name that the corpus' probes know.
        let recipe = Recipe::of_reaction("probe", spec).into();
        World { machine, registry, recipe }
    }

    /// The event of a JSON text, as this world's recipe answers it; `None` where it is no event.
    pub(crate) fn detection(&self, json: &str) -> Option<Detection> {
        let Line::Event(mut event) = Line::parse(json.as_bytes(), 1).ok()? else { return None };
        event.complete(1, 0, Timestamp::UNIX_EPOCH);
        let recipe = Arc::clone(&self.recipe);
        let data = Arc::new(Runtime::data(&event, &recipe.metadata));
        Some(Detection { event: Arc::new(event), recipe, recipe_index: 0, data })
    }

    /// Loads a script: what came of it, and the thread's time for it.
    pub(crate) fn load(
        &mut self,
        text: &str,
        limits: &Limits,
    ) -> (Result<ScriptId, Halt>, Duration) {
        let source = Source { name: "fuzz".into(), text: text.into() };
        let start = thread_time();
        let loaded = self.machine.load(&source, limits);
        (loaded, thread_time() - start)
    }

    /// Runs a script on a detection as the runtime does; effects are simulated.
    pub(crate) fn run(
        &mut self,
        script: ScriptId,
        detection: &Detection,
        limits: &Limits,
    ) -> Ended {
        static RUNNING: AtomicBool = AtomicBool::new(false);
        let grants = Grants::standard();
        let seed = 1;
        let start = thread_time();
        let mut host = Host::new(Terms {
            registry: &self.registry,
            grants: &grants,
            limits,
            clock: &EventClock,
            detection,
            reaction: 0,
            dry_run: true,
            seed,
            cancelled: &RUNNING,
            question: None,
        });
        let invocation = Invocation {
            data: &detection.data,
            kind: &detection.recipe.kind,
            name: &detection.recipe.name,
            uuid: detection.event.uuid(),
            seed,
            limits,
        };
        let result = self.machine.run(script, &invocation, &mut host);
        let took = thread_time() - start;
        let verdict = host.verdict();
        let (_, entries) = host.close();
        Ended { verdict, result, entries, took }
    }
}

/// The processor time that the calling thread has had.
fn thread_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    Duration::new(time.tv_sec.try_into().unwrap_or(0), time.tv_nsec.try_into().unwrap_or(0))
}
