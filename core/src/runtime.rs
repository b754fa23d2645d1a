//! The runtime: recipes, engines, helpers, limits and policy wired into one thing that takes events and gives outcomes.
//!
//! [`Runtime::submit`] matches an event and puts each reaction of each detection on one bounded queue; worker threads, each with
//! its own virtual machines, take them from there. With one worker and one thread that submits, reports come in the order of events, recipes and
//! reactions; with more, the
//! reactions of a detection run in parallel and a detection is reported before any outcome of it.
//!
//! Nothing is global and nothing is printed: what happens is told through the report function.

mod before;
mod build;
mod gaps;
mod gate;
mod judging;
mod queue;
mod set;
mod worker;

use std::{
    collections::BTreeMap,
    path::PathBuf,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicU64, Ordering},
    },
    time::Duration,
};

pub use build::{BuildError, Builder, Loader};
pub use gate::Gate;
pub use queue::Full;
pub use set::Replaced;
pub use worker::{SHELL, START};

use crate::{
    audit::Entry,
    detection::Detection,
    event::{Action, ActionSet, Event},
    matcher,
    packed::Packed,
    recipe::Recipe,
    verdict::{Judge, Question},
};
use before::Before;
use judging::Judging;
use queue::{Job, Queue, Refusal};
use set::{Conditions, Set};

/// What the runtime tells.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Report {
    /// A recipe fired.
    Detection(Arc<Detection>),
    /// A recipe with `when: before` decided an act that waited for it. The outcomes of its reactions follow.
    Verdict {
        /// It fired.
        detection: Arc<Detection>,
        /// Whether the act was refused.
        dropped: bool,
    },
    /// A reaction ended.
    Outcome(Outcome),
}

/// How a reaction ended, and all that it said and did.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Outcome {
    /// What it answered.
    pub detection: Arc<Detection>,
    /// Its index in its recipe, from 0.
    pub reaction: usize,
    /// How it ended.
    pub status: Status,
    /// What it threw, or which limit it reached.
    pub error: Option<Fault>,
    /// Its log messages and acts in order.
    pub entries: Vec<Entry>,
    /// How long it ran.
    pub duration: Duration,
}

/// How a reaction ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Status {
    /// It returned.
    Ok,
    /// It threw.
    Error,
    /// Its time ran out.
    Timeout,
    /// It reached its memory limit.
    Memory,
    /// It reached another limit.
    Limit,
    /// It was never started: the capability of its format is not held.
    Denied,
}

impl Status {
    /// Every status.
    pub const ALL: [Status; 6] =
        [Status::Ok, Status::Error, Status::Timeout, Status::Memory, Status::Limit, Status::Denied];

    /// The name, as `cli.md` writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Status::Ok => "ok",
            Status::Error => "error",
            Status::Timeout => "timeout",
            Status::Memory => "memory",
            Status::Limit => "limit",
            Status::Denied => "denied",
        }
    }
}

/// What went wrong in a reaction, at the place that its author wrote.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Fault {
    /// What was thrown, or which limit was reached.
    pub message: String,
    /// The recipe file or the script's own; `None` where no place is known.
    pub file: Option<PathBuf>,
    /// From 1.
    pub line: Option<u32>,
    /// From 1.
    pub column: Option<u32>,
    /// The calls that led there, innermost first, one a line; may be empty.
    pub trace: String,
}

/// Counts since the runtime was built.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Figures {
    /// Events taken.
    pub events: u64,
    /// Recipes that fired.
    pub detections: u64,
    /// Detections that a noise limit held back.
    pub suppressed: u64,
    /// Reactions that ended.
    pub reactions: u64,
    /// Reactions that ended other than [`Status::Ok`].
    pub errors: u64,
    /// Reactions that were never run: all of [`Figures::dropped_for`].
    pub dropped: u64,
    /// The same by what was in the way.
    pub dropped_for: Dropped,
    /// Reports of decided acts that were dropped, because whoever takes reports was too far behind.
    pub untold: u64,
    /// Time that [`Runtime::submit`] spent on matching.
    pub matching: Duration,
    /// Time that reactions ran, over all workers.
    pub reacting: Duration,
}

/// Reactions that were never run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Dropped {
    /// As many waited as may.
    pub full: u64,
    /// The events that waited took as much memory as they may.
    pub large: u64,
    /// The runtime was dropped while they waited.
    pub cancelled: u64,
}

#[derive(Debug, Default)]
struct Counters {
    events: AtomicU64,
    detections: AtomicU64,
    suppressed: AtomicU64,
    reactions: AtomicU64,
    errors: AtomicU64,
    full: AtomicU64,
    large: AtomicU64,
    cancelled: AtomicU64,
    untold: AtomicU64,
    matching_ns: AtomicU64,
    reacting_ns: AtomicU64,
}

fn add(counter: &AtomicU64, by: u64) {
    counter.fetch_add(by, Ordering::Relaxed);
}

/// The function that takes reports; called from worker threads and from [`Runtime::submit`].
pub type ReportFn = dyn Fn(Report) + Send + Sync;

/// Takes events and answers them; see the [module](self).
///
/// It can be shared by any number of threads. The report function and helpers, which run on its own, neither submit events nor wait for it. [`Runtime::finish`] lets everything queued end. Dropping it instead skips what is queued (counted as
/// dropped) and waits for what runs, which ends at its next helper call or at its deadline.
pub struct Runtime {
    judging: Arc<Judging>,
    conditions: Conditions,
    /// Held by who replaces the set.
    replacing: Mutex<()>,
    queue: Queue,
    before: Option<Before>,
    shared: Arc<Shared>,
}

/// What the workers share with the runtime.
struct Shared {
    /// What machines hold at rest in bytes, by worker and format.
    memory: Mutex<BTreeMap<(usize, &'static str), usize>>,
    report: Box<ReportFn>,
    counters: Counters,
    cancelled: AtomicBool,
    in_order: bool,
    seed: u64,
}

impl Runtime {
    /// Begins to wire a runtime.
    #[must_use]
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Matches an event and queues the reactions of every recipe that fires. The event gets the next number of the run; a missing uuid derives
    /// from it and the seed, a missing timestamp is that of the event before.
    ///
    /// Waits while the queue is full, or drops and counts, as the builder was told.
    pub fn submit(&self, mut event: Event) -> Submitted {
        let (set, verdict) = self.judging.judge(&mut event, &self.shared.counters);
        let suppressed = verdict.suppressed.len();
        let mut submitted = Submitted { detections: 0, reactions: 0, suppressed };
        if !verdict.fired.is_empty() {
            // One after another: each holds a copy of the event, and the queue bounds how many there are.
            for detection in set.matcher.detections(&Arc::new(event), &verdict) {
                submitted.detections += 1;
                submitted.reactions += detection.recipe.reactions.len();
                self.queue(&set, detection);
            }
        }
        submitted
    }

    /// Queues the reactions of a detection that was made without matching. Its recipe must be one of the runtime's, at that index.
    pub fn answer(&self, detection: Detection) {
        self.queue(&self.set(), detection);
    }

    fn queue(&self, set: &Arc<Set>, detection: Detection) {
        let counters = &self.shared.counters;
        add(&counters.detections, 1);
        let detection = Arc::new(detection);
        if !self.shared.in_order {
            (self.shared.report)(Report::Detection(Arc::clone(&detection)));
        }
        let reactions = detection.recipe.reactions.len();
        // In order, the detection itself takes a place in the queue; it is never dropped there (see `Builder::build`).
        let announcement = self.shared.in_order.then_some(None);
        let missing = self.judging.missing(&detection);
        let mut dropped = 0;
        for reaction in announcement.into_iter().chain((0..reactions).map(Some)) {
            let set = Arc::clone(set);
            let job = Job { set, detection: Arc::clone(&detection), reaction, missing };
            match self.queue.push(job) {
                Ok(()) => continue,
                Err(Refusal::Full) => add(&counters.full, 1),
                Err(Refusal::Large) => add(&counters.large, 1),
                Err(Refusal::Closed) => add(&counters.cancelled, 1),
            }
            dropped += 1;
        }
        if dropped > 0 {
            self.judging.order().gaps.lose_reactions(&detection.event, dropped);
        }
    }

    /// Packs what a reaction would see of an event: for callers of [`Runtime::answer`].
    #[must_use]
    pub fn data(event: &Event, metadata: &Packed) -> Packed {
        event.data(metadata, event.actions())
    }

    fn set(&self) -> Arc<Set> {
        self.judging.set()
    }

    /// The recipes, in the order of their indices.
    #[must_use]
    pub fn recipes(&self) -> Vec<Arc<Recipe>> {
        self.set().recipes.clone()
    }

    /// Replaces the recipes, all at once: every event is judged by the ones or by the others. Reactions that are queued already run as they were; what
    /// files and flows have accumulated stays, and what noise limits have counted of recipes that say the same as before.
    ///
    /// The workers load the new scripts before the change, one worker after another, each once its reaction has ended.
    ///
    /// # Errors
    ///
    /// [`OwnThread`] where a helper or the report function calls it on one of the runtime's workers, which would wait for itself.
    pub fn replace(&self, recipes: Vec<Arc<Recipe>>) -> Result<Replaced, OwnThread> {
        if self.queue.is_own_thread() {
            return Err(OwnThread);
        }
        let _one = self.replacing.lock().unwrap_or_else(PoisonError::into_inner);
        let set = Arc::new(Set::new(recipes, &self.conditions));
        self.queue.prepare(&set);
        if let Some(before) = &self.before {
            before.prepare(&set);
        }
        let before = self.judging.replace(&set);
        let replaced = Replaced::of(&before.recipes, &set.recipes);
        drop(before);
        self.queue.sweep();
        if let Some(before) = &self.before {
            before.sweep();
        }
        Ok(replaced)
    }

    /// Lets the workers load all scripts now, and not when the first event wants them.
    ///
    /// # Errors
    ///
    /// [`OwnThread`] as for [`Runtime::replace`].
    pub fn prepare(&self) -> Result<(), OwnThread> {
        if self.queue.is_own_thread() {
            return Err(OwnThread);
        }
        self.queue.prepare(&self.set());
        Ok(())
    }

    /// How many reactions wait or run.
    #[must_use]
    pub fn queued(&self) -> usize {
        self.queue.depth()
    }

    /// Bytes that the workers' machines hold at rest, by the name of their language.
    #[must_use]
    pub fn memory(&self) -> BTreeMap<&'static str, usize> {
        let mut sums = BTreeMap::new();
        let memory = self.shared.memory.lock().unwrap_or_else(PoisonError::into_inner);
        for ((_, format), bytes) in memory.iter() {
            *sums.entry(*format).or_default() += bytes;
        }
        sums
    }

    /// The acts that some recipe decides before they happen; none where the runtime was built without [`Builder::verdicts`].
    #[must_use]
    pub fn decides(&self) -> ActionSet {
        match self.before {
            Some(_) => self.set().matcher.decides(),
            None => ActionSet::EMPTY,
        }
    }

    /// Says that whoever made the events asked about acts before they happened ([`Builder::verdicts`]): a recording's header tells it.
    pub fn set_asked(&self) {
        self.judging.order().state.set_asked();
    }

    /// Takes another name of the machine for the events to come: a recording's header tells where it was made.
    pub fn set_hostname(&self, name: &str) {
        self.judging.order().state.set_hostname(name);
    }

    /// How full the matcher's tables are, and what they had to forget.
    #[must_use]
    pub fn table_figures(&self) -> matcher::Figures {
        self.judging.order().state.figures()
    }

    /// Counts so far.
    #[must_use]
    pub fn figures(&self) -> Figures {
        let counters = &self.shared.counters;
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let dropped_for = Dropped {
            full: get(&counters.full),
            large: get(&counters.large),
            cancelled: get(&counters.cancelled),
        };
        Figures {
            events: get(&counters.events),
            detections: get(&counters.detections),
            suppressed: get(&counters.suppressed),
            reactions: get(&counters.reactions),
            errors: get(&counters.errors),
            dropped: dropped_for.full + dropped_for.large + dropped_for.cancelled,
            dropped_for,
            untold: get(&counters.untold),
            matching: Duration::from_nanos(get(&counters.matching_ns)),
            reacting: Duration::from_nanos(get(&counters.reacting_ns)),
        }
    }

    /// Waits until everything that was submitted before has been answered.
    ///
    /// # Errors
    ///
    /// [`OwnThread`] where a helper or the report function calls it on one of the runtime's workers, which would wait for itself.
    pub fn drain(&self) -> Result<(), OwnThread> {
        if self.queue.is_own_thread() {
            return Err(OwnThread);
        }
        self.queue.wait_until_idle();
        if let Some(before) = &self.before {
            before.wait_until_idle();
        }
        Ok(())
    }

    /// Takes no more events, lets every queued reaction end, and gives the counts.
    ///
    /// On one of the runtime's own workers, which would wait for itself, it drops the runtime instead: what is queued is skipped.
    #[must_use]
    pub fn finish(self) -> Figures {
        let _ = self.drain();
        self.figures()
    }
}

impl Drop for Runtime {
    fn drop(&mut self) {
        self.shared.cancelled.store(true, Ordering::Relaxed);
        self.before = None;
        self.queue.close();
    }
}

impl Judge for Runtime {
    fn wants(&self, path: &str, action: Action) -> Option<Duration> {
        let wants = self.set().matcher.wants(path, action)?;
        Some(wants.min(self.conditions.limits.timeout))
    }

    fn ask(&self, question: Arc<dyn Question>) -> bool {
        self.before.as_ref().is_some_and(|before| before.ask(question))
    }
}

impl std::fmt::Debug for Runtime {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Runtime").field("figures", &self.figures()).finish_non_exhaustive()
    }
}

/// A wait that would never end: the thread that waits is one of those that are waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the runtime's own threads cannot wait for it: drain it on another one")]
#[non_exhaustive]
pub struct OwnThread;

/// What became of a submitted event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Submitted {
    /// Recipes that fired.
    pub detections: usize,
    /// Their reactions, queued or dropped.
    pub reactions: usize,
    /// Detections that a noise limit held back.
    pub suppressed: usize,
}

/// Reports as an iterator: give the function to [`Builder::on_report`], and read the iterator on another thread than the one that submits. It holds
/// at most `capacity` reports; the workers wait while it is full, and it ends when the runtime is gone. Where it is dropped, reports are dropped too.
pub fn channel(capacity: usize) -> (impl Fn(Report) + Send + Sync + 'static, Reports) {
    let (sender, receiver) = crossbeam_channel::bounded(capacity.max(1));
    let report = move |report| {
        // An error means that nobody reads any more.
        let _ = sender.send(report);
    };
    (report, Reports(receiver))
}

/// The iterator of [`channel`].
#[derive(Debug)]
pub struct Reports(crossbeam_channel::Receiver<Report>);

impl Iterator for Reports {
    type Item = Report;

    fn next(&mut self) -> Option<Report> {
        self.0.recv().ok()
    }
}
