//! Between the workers and the writer: who reads the results and stops reading must hold up no reaction.

use std::{
    collections::VecDeque,
    io,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    thread,
    time::Duration,
};

use reactant_core::{audit::Entry, runtime::Report};

use crate::sink::Sink;

/// Reports that may wait to be written.
const REPORTS: usize = 8192;

/// What they may take, in bytes.
const BYTES: usize = 64 << 20;

/// At the end nobody waits longer than this for a reader who takes nothing.
const PATIENCE: Duration = Duration::from_secs(5);

/// Hands reports to a sink on a thread of its own.
pub(super) struct Relay {
    shared: Arc<Shared>,
}

struct Shared {
    sink: Arc<Sink>,
    state: Mutex<State>,
    changed: Condvar,
    dropped: AtomicU64,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<(Said, usize)>,
    bytes: usize,
    /// How many were written, or tried to be.
    written: u64,
    /// No more will come.
    closed: bool,
    /// The thread has ended.
    ended: bool,
}

enum Said {
    Report(Report),
    Line(String),
}

impl Relay {
    pub(super) fn start(sink: Arc<Sink>) -> io::Result<Relay> {
        let shared = Arc::new(Shared {
            sink,
            state: Mutex::default(),
            changed: Condvar::new(),
            dropped: AtomicU64::new(0),
        });
        let writer = Arc::clone(&shared);
        thread::Builder::new().name("output".to_owned()).spawn(move || writer.write())?;
        Ok(Relay { shared })
    }

    /// Hands on a report; where too much waits, it is dropped and counted.
    pub(super) fn report(&self, report: Report) {
        let bytes = size(&report);
        self.shared.push(Said::Report(report), bytes);
    }

    /// Hands on a line that stands for no report.
    pub(super) fn line(&self, text: String) {
        let bytes = text.len();
        self.shared.push(Said::Line(text), bytes);
    }

    /// What was dropped so far.
    pub(super) fn dropped(&self) -> u64 {
        self.shared.dropped.load(Ordering::Relaxed)
    }

    /// Waits until all is written, as long as that goes on at all. Gives how many were not.
    pub(super) fn finish(&self) -> usize {
        let shared = &self.shared;
        let mut state = shared.lock();
        state.closed = true;
        shared.changed.notify_all();
        loop {
            let before = state.written;
            let waited = shared.changed.wait_timeout_while(state, PATIENCE, |state| {
                !state.ended && state.written == before
            });
            state = waited.unwrap_or_else(PoisonError::into_inner).0;
            if state.ended {
                return 0;
            }
            if state.written == before {
                // One more is in the writer's hands.
                return state.waiting.len() + 1;
            }
        }
    }
}

impl Shared {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn push(&self, said: Said, bytes: usize) {
        let mut state = self.lock();
        let room = state.waiting.len() < REPORTS
            && (state.waiting.is_empty() || state.bytes.saturating_add(bytes) <= BYTES);
        if !room {
            self.dropped.fetch_add(1, Ordering::Relaxed);
            return;
        }
        state.bytes += bytes;
        state.waiting.push_back((said, bytes));
        self.changed.notify_all();
    }

    fn write(&self) {
        let mut state = self.lock();
        loop {
            let Some((said, bytes)) = state.waiting.pop_front() else {
                if state.closed {
                    state.ended = true;
                    self.changed.notify_all();
                    return;
                }
                state = self.changed.wait(state).unwrap_or_else(PoisonError::into_inner);
                continue;
            };
            state.bytes -= bytes;
            drop(state);
            match said {
                Said::Report(report) => self.sink.report(report),
                // A sink that is broken says so itself.
                Said::Line(text) => drop(self.sink.line(&text)),
            }
            state = self.lock();
            state.written += 1;
            self.changed.notify_all();
        }
    }
}

/// What a report keeps in memory, about.
fn size(report: &Report) -> usize {
    match report {
        Report::Detection(detection) | Report::Verdict { detection, .. } => {
            detection.data.as_bytes().len()
        }
        Report::Outcome(outcome) => {
            let entries = outcome.entries.iter().map(|entry| match entry {
                Entry::Log { message, .. } => message.len(),
                Entry::Action(action) => action.errno.len() + 512,
            });
            outcome.detection.data.as_bytes().len() + entries.sum::<usize>()
        }
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use std::{
        io::Write,
        sync::mpsc::{Receiver, Sender, channel},
    };

    use indicatif::ProgressBar;

    use super::*;
    use crate::output::Json;

    /// A reader that takes a write for each word it is told.
    struct Slow(Receiver<()>, Sender<Vec<u8>>);

    impl Write for Slow {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.recv().map_err(|_| io::ErrorKind::BrokenPipe)?;
            let _ = self.1.send(bytes.to_vec());
            Ok(bytes.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn a_reader_who_takes_nothing_holds_nobody_up_and_what_is_dropped_is_counted() {
        let (go, gone) = channel();
        let (sent, _seen) = channel();
        let format = Box::new(Json { events: false, timings: false });
        let sink = Sink::new(Slow(gone, sent), format, false, true, ProgressBar::hidden());
        let relay = Relay::start(Arc::new(sink)).unwrap();
        for number in 0..REPORTS + 100 {
            relay.line(format!("{number}"));
        }
        // One may be in the writer's hands.
        assert!((99..=100).contains(&relay.dropped()), "{}", relay.dropped());
        let unwritten = relay.finish();
        assert!(unwritten >= REPORTS, "{unwritten}");
        drop(go);
        assert_eq!(relay.finish(), 0, "a reader that is gone is no reader to wait for");
    }
}
