//! Wiring a runtime.

use std::{
    path::Path,
    sync::{Arc, Mutex, atomic::AtomicBool},
    thread,
};

use super::{
    Counters, Full, Gate, Report, ReportFn, Runtime, Shared,
    before::Before,
    judging::Judging,
    queue::Queue,
    set::{Conditions, Set},
    worker::{Worker, Workshop},
};
use crate::{
    capability::Grants,
    clock::{Clock, EventClock, millis},
    engine::{Checker, Engines, Setup},
    helper::Registry,
    limits::Limits,
    matcher::Options,
    recipe::{self, Recipe, load::Loaded},
};

/// JavaScript recursion is cut at a depth that fits; the rest is the engines' own frames.
pub(super) const WORKER_STACK: usize = 8 << 20;

/// Sets up a [`Runtime`]. Every default is the safe one: a dry run, the standard grants, one worker, a queue that blocks.
pub struct Builder {
    engines: Engines,
    registry: Registry,
    recipes: Vec<Arc<Recipe>>,
    grants: Option<Grants>,
    limits: Limits,
    clock: Arc<dyn Clock>,
    seed: u64,
    dry_run: bool,
    run_shell: bool,
    gate: Option<Arc<dyn Gate>>,
    workers: usize,
    capacity: usize,
    full: Full,
    verdicts: Option<(usize, usize)>,
    hostname: String,
    key: u128,
    report: Box<ReportFn>,
}

impl Default for Builder {
    fn default() -> Self {
        Builder {
            engines: Engines::new(),
            registry: Registry::new(),
            recipes: Vec::new(),
            grants: None,
            limits: Limits::default(),
            clock: Arc::new(EventClock),
            seed: 0,
            dry_run: true,
            run_shell: false,
            gate: None,
            workers: 1,
            capacity: 8192,
            full: Full::Block,
            verdicts: None,
            hostname: String::new(),
            key: 0,
            report: Box::new(|_| {}),
        }
    }
}

impl Builder {
    /// The engines.
    #[must_use]
    pub fn engines(mut self, engines: Engines) -> Self {
        self.engines = engines;
        self
    }

    /// The helpers.
    #[must_use]
    pub fn helpers(mut self, registry: Registry) -> Self {
        self.registry = registry;
        self
    }

    /// Loads recipe files and folders, validated against what was set so far: engines, helpers, grants and limits.
    #[must_use]
    pub fn load<P: AsRef<Path>>(&self, paths: &[P]) -> Loaded {
        self.loader().load(paths)
    }

    /// Loads recipes from a text, likewise.
    #[must_use]
    pub fn load_text(&self, name: &str, text: &str) -> Loaded {
        self.loader().load_text(name, text)
    }

    /// What loads recipes for [`Runtime::replace`] later on, as this would now.
    #[must_use]
    pub fn loader(&self) -> Loader {
        Loader {
            engines: self.engines.clone(),
            registry: self.registry.clone(),
            grants: self.granted(),
            limits: self.limits,
            clock: Arc::clone(&self.clock),
        }
    }

    fn granted(&self) -> Grants {
        self.grants.clone().unwrap_or_else(|| Grants::standard_for(&self.registry))
    }

    /// The recipes; disabled ones never fire.
    #[must_use]
    pub fn recipes(mut self, recipes: Vec<Arc<Recipe>>) -> Self {
        self.recipes = recipes;
        self
    }

    /// What reactions may hold at most; by default [`Grants::standard_for`] the helpers.
    #[must_use]
    pub fn grants(mut self, grants: Grants) -> Self {
        self.grants = Some(grants);
        self
    }

    /// The limits of each reaction; recipes may lower time and memory.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// The run's clock; by default the events' own.
    #[must_use]
    pub fn clock(mut self, clock: impl Clock + 'static) -> Self {
        self.clock = Arc::new(clock);
        self
    }

    /// What missing uuids, temporary names and the scripts' random numbers derive from.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.seed = seed;
        self
    }

    /// Lets effects act for real, where the helpers were given effects that can.
    #[must_use]
    pub fn enforce(mut self, enforce: bool) -> Self {
        self.dry_run = !enforce;
        self
    }

    /// Starts shell reactions in a dry run too, confined: without a network, only their own folder writable. Otherwise a dry run only records that they
    /// would be started.
    #[must_use]
    pub fn run_shell(mut self, run_shell: bool) -> Self {
        self.run_shell = run_shell;
        self
    }

    /// Sets what stands before the programs that reactions start for real.
    #[must_use]
    pub fn gate(mut self, gate: Arc<dyn Gate>) -> Self {
        self.gate = Some(gate);
        self
    }

    /// How many workers; with one, everything is told in order.
    #[must_use]
    pub fn workers(mut self, workers: usize) -> Self {
        self.workers = workers.max(1);
        self
    }

    /// How many reactions may wait, and what happens when it is full.
    #[must_use]
    pub fn queue(mut self, capacity: usize, full: Full) -> Self {
        (self.capacity, self.full) = (capacity, full);
        self
    }

    /// Lets recipes with `when: before` decide acts that are put to the runtime as questions ([`Judge`](crate::verdict::Judge)), in so many workers of their own; so many
    /// questions may wait. Such recipes then look past what has happened. Without this they answer events as all others do, and can refuse nothing.
    #[must_use]
    pub fn verdicts(mut self, workers: usize, capacity: usize) -> Self {
        self.verdicts = Some((workers, capacity));
        self
    }

    /// This machine's name, for `times_per_hostname`.
    #[must_use]
    pub fn hostname(mut self, hostname: impl Into<String>) -> Self {
        self.hostname = hostname.into();
        self
    }

    /// Keys the hashes of the matcher's tables, so that events which an attacker makes cannot share an entry there: random bits that nobody else knows.
    /// It changes no result. By default 0, which is for tests.
    #[must_use]
    pub fn hash_key(mut self, key: u128) -> Self {
        self.key = key;
        self
    }

    /// Where reports go. The function is called from several threads and should not wait long; it must not submit events.
    #[must_use]
    pub fn on_report(mut self, report: impl Fn(Report) + Send + Sync + 'static) -> Self {
        self.report = Box::new(report);
        self
    }

    /// Starts the workers.
    ///
    /// # Errors
    ///
    /// [`BuildError`] where a worker thread cannot be started.
    pub fn build(self) -> Result<Runtime, BuildError> {
        let grants = self.granted();
        let Builder { engines, registry, recipes, limits, .. } = self;
        let options = Options { hostname: self.hostname, key: self.key, ..Options::default() };
        let conditions = Conditions { grants, limits, options };
        let set = Set::new(recipes, &conditions);
        let setup = Setup::new(&registry, &limits, millis(self.clock.at_load()));
        // A dropped announcement would lose a detection, so only a queue that blocks keeps detections in it.
        let shared = Arc::new(Shared {
            report: self.report,
            counters: Counters::default(),
            cancelled: AtomicBool::new(false),
            in_order: self.workers == 1 && self.full == Full::Block,
            seed: self.seed,
            memory: Mutex::default(),
        });
        let (clock, dry_run, run_shell) = (self.clock, self.dry_run, self.run_shell);
        let plan = Plan { engines, registry, clock, dry_run, run_shell, gate: self.gate };
        let shop = Arc::new(Workshop { plan, setup, shared: Arc::clone(&shared) });
        let queue = Queue::start(self.capacity, self.full, self.workers, |index, ears| {
            let shop = Arc::clone(&shop);
            let name = format!("reaction-{index}");
            thread::Builder::new()
                .name(name)
                .stack_size(WORKER_STACK)
                .spawn(move || Worker::new(shop, index).run(ears))
        })
        .map_err(BuildError::Thread)?;
        let judging = Arc::new(Judging::new(set, self.seed));
        let before = self.verdicts.map(|(workers, capacity)| {
            judging.order().state.set_asked();
            Before::start(&judging, &shop, (self.workers, workers), capacity)
        });
        let before = before.transpose().map_err(BuildError::Thread)?;
        let replacing = Mutex::default();
        Ok(Runtime { judging, conditions, replacing, queue, before, shared })
    }
}

impl std::fmt::Debug for Builder {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Builder")
            .field("engines", &self.engines)
            .field("helpers", &self.registry)
            .field("recipes", &self.recipes.len())
            .finish_non_exhaustive()
    }
}

/// Loads recipes, validated against what a [`Builder`] was told.
#[derive(Clone)]
pub struct Loader {
    engines: Engines,
    registry: Registry,
    grants: Grants,
    limits: Limits,
    clock: Arc<dyn Clock>,
}

impl Loader {
    /// Loads recipe files and folders.
    #[must_use]
    pub fn load<P: AsRef<Path>>(&self, paths: &[P]) -> Loaded {
        self.loading(|options| recipe::load(paths, options))
    }

    /// Loads recipes from a text.
    #[must_use]
    pub fn load_text(&self, name: &str, text: &str) -> Loaded {
        self.loading(|options| recipe::load_text(name, text, options))
    }

    fn loading(&self, load: impl FnOnce(&recipe::load::Options<'_>) -> Loaded) -> Loaded {
        let now = millis(self.clock.at_load());
        let setup = Setup::new(&self.registry, &self.limits, now);
        load(&recipe::load::Options {
            scripts: &Checker::new(&self.engines, setup),
            helpers: &self.registry,
            grants: &self.grants,
            limits: self.limits,
        })
    }
}

impl std::fmt::Debug for Loader {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Loader").field("engines", &self.engines).finish_non_exhaustive()
    }
}

/// A runtime that could not be built.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum BuildError {
    /// The system refused a thread.
    #[error("a worker thread could not be started: {0}")]
    Thread(std::io::Error),
}

/// What does not change over a run.
pub(super) struct Plan {
    pub(super) engines: Engines,
    pub(super) registry: Registry,
    pub(super) clock: Arc<dyn Clock>,
    pub(super) dry_run: bool,
    pub(super) run_shell: bool,
    pub(super) gate: Option<Arc<dyn Gate>>,
}
