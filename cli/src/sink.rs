//! Where reports of the runtime are written, in the order of events, recipes and reactions.

mod order;

use std::{
    io::{self, Write},
    sync::{
        Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering},
    },
};

use indicatif::ProgressBar;
use reactant_core::runtime::Report;

use crate::{
    escape::harmless_json,
    output::{Format, Summary},
};
use order::Order;

/// Detections that may wait for one before them; then the events have to wait.
const WAITING: usize = 2048;

/// Takes reports from any thread and writes them.
pub(crate) struct Sink {
    state: Mutex<State>,
    broken: AtomicBool,
    room: Condvar,
}

struct State {
    out: Box<dyn Write + Send>,
    format: Box<dyn Format>,
    /// Whether each report is sent on at once.
    prompt: bool,
    /// `None` where reports come in order.
    order: Option<Order>,
    progress: ProgressBar,
    error: Option<io::Error>,
}

impl Sink {
    /// Writes to `out`; `parallel` where reports come in any order, `prompt` where somebody is waiting for each.
    pub(crate) fn new(
        out: impl Write + Send + 'static,
        format: Box<dyn Format>,
        parallel: bool,
        prompt: bool,
        progress: ProgressBar,
    ) -> Sink {
        let order = parallel.then(Order::default);
        let out = Box::new(out);
        let state = State { out, format, prompt, order, progress, error: None };
        Sink { state: Mutex::new(state), broken: AtomicBool::new(false), room: Condvar::new() }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Writes a report, now or in its turn.
    pub(crate) fn report(&self, report: Report) {
        let mut state = self.state();
        if state.error.is_some() {
            return;
        }
        let ready = match &mut state.order {
            None => vec![report],
            Some(order) => order.take(report),
        };
        if let Err(error) = state.write(&ready) {
            state.error = Some(error);
            self.broken.store(true, Ordering::Relaxed);
        }
        self.room.notify_all();
    }

    /// Whether nothing can be written any more.
    pub(crate) fn is_broken(&self) -> bool {
        self.broken.load(Ordering::Relaxed)
    }

    /// Waits until few enough reports wait for their turn.
    pub(crate) fn wait_for_room(&self) {
        let full = |state: &mut State| {
            state.error.is_none() && state.order.as_ref().is_some_and(|order| order.len() > WAITING)
        };
        let state = self.room.wait_while(self.state(), full);
        drop(state.unwrap_or_else(PoisonError::into_inner));
    }

    /// Writes a line that stands for no report.
    pub(crate) fn line(&self, text: &str) -> io::Result<()> {
        let mut state = self.state();
        state.out.write_all(harmless_json(text).as_bytes())?;
        state.out.write_all(b"\n")?;
        if state.prompt { state.out.flush() } else { Ok(()) }
    }

    /// Writes the summary, if there is to be one, and sends everything on.
    pub(crate) fn finish(&self, summary: Option<&Summary>) -> io::Result<()> {
        let mut state = self.state();
        if let Some(error) = state.error.take() {
            return Err(error);
        }
        state.progress.finish_and_clear();
        let State { out, format, .. } = &mut *state;
        if let Some(summary) = summary {
            format.summary(out, summary)?;
        }
        out.flush()
    }
}

impl State {
    fn write(&mut self, reports: &[Report]) -> io::Result<()> {
        let State { out, format, prompt, progress, .. } = self;
        let write = || {
            for report in reports {
                match report {
                    Report::Detection(detection) => format.detection(out, detection, None)?,
                    Report::Verdict { detection, dropped } => {
                        format.detection(out, detection, Some(*dropped))?;
                    }
                    Report::Outcome(outcome) => format.outcome(out, outcome)?,
                    _ => {}
                }
            }
            if *prompt { out.flush() } else { Ok(()) }
        };
        if reports.is_empty() { Ok(()) } else { progress.suspend(write) }
    }
}
