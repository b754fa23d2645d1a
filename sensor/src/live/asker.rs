//! Asking `/proc` and file systems without being held up: who maps its arguments from a file system of its own, or names files there, can keep whoever
//! reads them waiting for ever.

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Duration,
};

use crossbeam_channel::{Receiver, Sender, bounded};

/// How long an answer may take. Where nobody interferes, it takes microseconds.
const PATIENCE: Duration = Duration::from_secs(1);

/// So many threads may be left waiting; then nobody is asked any more.
const STUCK: usize = 8;

/// See the [module](self).
pub(super) struct Asker<Q, A> {
    read: fn(Q) -> A,
    thread: Option<(Sender<Q>, Receiver<A>)>,
    /// Threads that still wait.
    stuck: Arc<AtomicUsize>,
}

/// There was no answer in time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unanswered;

impl<Q: Send + 'static, A: Send + 'static> Asker<Q, A> {
    pub(super) fn new(read: fn(Q) -> A) -> Asker<Q, A> {
        Asker { read, thread: None, stuck: Arc::default() }
    }

    /// Asks about a process.
    pub(super) fn ask(&mut self, who: Q) -> Result<A, Unanswered> {
        self.ask_within(who, PATIENCE)
    }

    /// The same, for so long.
    pub(super) fn ask_within(&mut self, who: Q, patience: Duration) -> Result<A, Unanswered> {
        if self.stuck.load(Ordering::Relaxed) >= STUCK {
            return Err(Unanswered);
        }
        let (questions, answers) = match self.thread.take() {
            Some(thread) => thread,
            None => self.start().map_err(|_| Unanswered)?,
        };
        questions.send(who).map_err(|_| Unanswered)?;
        match answers.recv_timeout(patience) {
            Ok(answer) => {
                self.thread = Some((questions, answers));
                Ok(answer)
            }
            Err(_) => {
                // The thread ends by itself, should it ever have its answer: nobody takes it any more.
                self.stuck.fetch_add(1, Ordering::Relaxed);
                Err(Unanswered)
            }
        }
    }

    fn start(&self) -> io::Result<(Sender<Q>, Receiver<A>)> {
        let (ask, questions) = bounded::<Q>(1);
        // Handed over only to somebody who waits for it.
        let (answer, answers) = bounded(0);
        let (read, stuck) = (self.read, Arc::clone(&self.stuck));
        thread::Builder::new().name("sensor-proc".to_owned()).spawn(move || {
            for who in questions {
                if answer.send(read(who)).is_err() {
                    stuck.fetch_sub(1, Ordering::Relaxed);
                    break;
                }
            }
        })?;
        Ok((ask, answers))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_never_answers_holds_up_nobody_else() {
        let mut asker = Asker::new(|pid: u32| {
            if pid == 13 {
                loop {
                    thread::park();
                }
            }
            pid
        });
        assert_eq!(asker.ask(1), Ok(1));
        assert!(asker.ask(13).is_err());
        assert_eq!(asker.ask(2), Ok(2));
        asker.stuck.store(STUCK, Ordering::Relaxed);
        assert!(asker.ask(2).is_err(), "the threads are bounded");
    }

    #[test]
    fn who_answers_too_late_takes_no_place_for_ever() {
        let mut asker = Asker::new(|pause: Duration| thread::sleep(pause));
        let late = asker.ask_within(Duration::from_millis(50), Duration::from_millis(1));
        assert_eq!((late, asker.stuck.load(Ordering::Relaxed)), (Err(Unanswered), 1));
        let start = std::time::Instant::now();
        while asker.stuck.load(Ordering::Relaxed) > 0 {
            assert!(start.elapsed() < Duration::from_secs(60), "it stays");
            thread::sleep(Duration::from_millis(1));
        }
        assert_eq!(asker.ask(Duration::ZERO), Ok(()));
    }
}
