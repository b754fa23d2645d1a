//! Acts that recipes decide before they happen: when that begins, and how it went.

use std::{
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
        mpsc::{Receiver, sync_channel},
    },
    time::Duration,
};

use reactant_core::{
    config,
    event::{Action, ActionSet, Event},
    runtime::{Report, Runtime},
};
pub(super) use reactant_sensor::live::verdict::Figures;
use reactant_sensor::live::verdict::{Settings, Verdicts};
use serde::Serialize;

use crate::console::Console;

/// Asks as long as some recipe decides anything.
pub(super) struct Asking {
    console: Console,
    settings: config::Verdicts,
    /// Whether acts wait for the answer.
    hold: bool,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    running: Option<Verdicts>,
    actions: ActionSet,
    /// What was counted by those that ran before.
    before: Option<Figures>,
}

impl State {
    fn end(&mut self) {
        if let Some(verdicts) = self.running.take() {
            *self.before.get_or_insert_default() += verdicts.finish();
        }
    }
}

impl Asking {
    /// Asks nobody yet.
    pub(super) fn new(console: &Console, settings: config::Verdicts, hold: bool) -> Asking {
        Asking { console: *console, settings, hold, state: Mutex::default() }
    }

    /// Asks about what the recipes in force want to decide. Where nobody can be asked, that is told, and the watch goes on.
    pub(super) fn follow(&self, runtime: &Arc<Runtime>) {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let actions = runtime.decides();
        if actions == state.actions {
            return;
        }
        state.actions = actions;
        if actions.is_empty() {
            state.end();
            return;
        }
        let settings = Settings { actions, on: self.settings.on.clone(), hold: self.hold };
        match Verdicts::start(&settings, Arc::clone(runtime) as _) {
            Ok(verdicts) => {
                tell_where(&self.console, actions, self.hold, &verdicts);
                // The others end only now: nothing goes unasked in between.
                state.end();
                state.running = Some(verdicts);
            }
            Err(error) => {
                let what = format!("{error}: recipes with `when: before` decide nothing new");
                self.console.warn("no-verdicts", &what);
            }
        }
    }

    /// Counts so far; `None` where nobody was ever asked.
    pub(super) fn figures(&self) -> Option<Figures> {
        let state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let mut sum = state.before.clone();
        if let Some(verdicts) = &state.running {
            *sum.get_or_insert_default() += verdicts.figures();
        }
        sum
    }

    /// Asks no more: what waits happens. Gives what was counted.
    pub(super) fn end(&self) -> Option<Figures> {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.end();
        drop(state);
        self.figures()
    }
}

/// Decided acts that may wait to be recorded.
const UNRECORDED: usize = 4096;

/// What was decided, on its way to whoever records and counts.
pub(super) struct Decided {
    events: Receiver<Arc<Event>>,
    lost: Arc<AtomicU64>,
    /// The number of the last one: an act may have been decided by several recipes.
    last: u64,
}

/// Gives what reports are shown to, and what comes of those that are verdicts.
pub(super) fn decided() -> (impl Fn(&Report) + Send + Sync, Decided) {
    let (sender, events) = sync_channel(UNRECORDED);
    let lost = Arc::<AtomicU64>::default();
    let decided = Decided { events, lost: Arc::clone(&lost), last: 0 };
    let show = move |report: &Report| {
        if let Report::Verdict { detection, .. } = report
            && sender.try_send(Arc::clone(&detection.event)).is_err()
        {
            lost.fetch_add(1, Ordering::Relaxed);
        }
    };
    (show, decided)
}

impl Decided {
    /// Hands over each act that was decided since; gives how many detections that were.
    pub(super) fn take(&mut self, mut each: impl FnMut(&Event)) -> u64 {
        let mut detections = 0;
        while let Ok(event) = self.events.try_recv() {
            if event.number() != self.last {
                self.last = event.number();
                each(&event);
            }
            detections += 1;
        }
        detections
    }

    /// Tells what is missing in the recording.
    pub(super) fn finish(&self, console: &Console) {
        let lost = self.lost.load(Ordering::Relaxed);
        if lost > 0 {
            let what = format!("{lost} decided acts came too fast to be recorded and counted");
            console.warn("lost", &what);
        }
    }
}

fn tell_where(console: &Console, actions: ActionSet, hold: bool, verdicts: &Verdicts) {
    let names: Vec<_> = actions.iter().map(Action::name).collect();
    let how = if hold { "" } else { " (allowed at once: a dry run holds nobody up)" };
    console.note(&format!(
        "before {}: fanotify on {}{how}",
        names.join(" and "),
        verdicts.marked().join(", ")
    ));
    for why in verdicts.unmarked() {
        console.warn("no-verdicts", &format!("nobody is asked on {why}"));
    }
}

/// How questions were answered; stands before the sensor's line.
#[derive(Serialize)]
struct VerdictsLine {
    r#type: &'static str,
    asked: u64,
    own: u64,
    unwanted: u64,
    allowed: u64,
    denied: u64,
    missed: u64,
    no_room: u64,
    failed: u64,
    late: u64,
    unread: u64,
    latency_us: LatencyObject,
}

#[derive(Serialize)]
struct LatencyObject {
    median: u64,
    p90: u64,
    p99: u64,
    max: u64,
}

fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX)
}

fn latency(figures: &Figures) -> LatencyObject {
    LatencyObject {
        median: micros(figures.latency.quantile(0.5)),
        p90: micros(figures.latency.quantile(0.9)),
        p99: micros(figures.latency.quantile(0.99)),
        max: micros(figures.latency.max),
    }
}

/// Tells how it went.
pub(super) fn tell(console: &Console, figures: &Figures) {
    let warn = |count: u64, what: &str| {
        if count > 0 {
            console.warn("no-verdict", &format!("{count} acts were {what}"));
        }
    };
    warn(figures.missed, "allowed because nobody had decided in time");
    warn(figures.no_room, "allowed because too many waited");
    warn(figures.failed, "allowed because what was to decide failed inside");
    warn(figures.unread, "refused by the kernel, which could not ask about them");
    let latency = latency(figures);
    console.note(&format!(
        "verdicts: {} asked, {} own, {} of no interest, {} allowed, {} denied; answered in {} us (median), {} (90 %), {} (99 %), {} at most",
        figures.asked,
        figures.own,
        figures.unwanted,
        figures.allowed,
        figures.denied,
        latency.median,
        latency.p90,
        latency.p99,
        latency.max,
    ));
}

/// The same as a line of the JSON output.
pub(super) fn line(figures: &Figures) -> io::Result<String> {
    let line = VerdictsLine {
        r#type: "verdicts",
        asked: figures.asked,
        own: figures.own,
        unwanted: figures.unwanted,
        allowed: figures.allowed,
        denied: figures.denied,
        missed: figures.missed,
        no_room: figures.no_room,
        failed: figures.failed,
        late: figures.late,
        unread: figures.unread,
        latency_us: latency(figures),
    };
    serde_json::to_string(&line).map_err(io::Error::from)
}
