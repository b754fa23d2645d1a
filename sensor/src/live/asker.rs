//! Asking `/proc` and file systems without being held up: who maps its arguments from a file system of its own, or names files there, can keep whoever
//! reads them waiting for ever.

use std::{io, thread, time::Duration};

use crossbeam_channel::{Receiver, Sender, bounded};

/// How long an answer may take. Where nobody interferes, it takes microseconds.
const PATIENCE: Duration = Duration::from_secs(1);

/// So many threads may be left waiting; then nobody is asked any more.
const STUCK: usize = 8;

/// See the [module](self).
pub(super) struct Asker<Q, A> {
    answer: fn(Q) -> A,
    thread: Option<(Sender<Q>, Receiver<A>)>,
    stuck: usize,
}

/// There was no answer in time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unanswered;

impl<Q: Send + 'static, A: Send + 'static> Asker<Q, A> {
    pub(super) fn new(answer: fn(Q) -> A) -> Asker<Q, A> {
        Asker { answer, thread: None, stuck: 0 }
    }

    /// Asks.
    pub(super) fn ask(&mut self, question: Q) -> Result<A, Unanswered> {
        if self.stuck >= STUCK {
            return Err(Unanswered);
        }
        let (questions, answers) = match self.thread.take() {
            Some(thread) => thread,
            None => self.start().map_err(|_| Unanswered)?,
        };
        questions.send(question).map_err(|_| Unanswered)?;
        match answers.recv_timeout(PATIENCE) {
            Ok(answer) => {
                self.thread = Some((questions, answers));
                Ok(answer)
            }
            Err(_) => {
                // The thread ends by itself, should it ever have its answer.
                self.stuck += 1;
                Err(Unanswered)
            }
        }
    }

    fn start(&self) -> io::Result<(Sender<Q>, Receiver<A>)> {
        let (ask, questions) = bounded::<Q>(1);
        let (answer, answers) = bounded(1);
        let own = self.answer;
        thread::Builder::new().name("sensor-proc".to_owned()).spawn(move || {
            for question in questions {
                if answer.send(own(question)).is_err() {
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
        let mut asker = Asker::new(|number: u32| {
            if number == 13 {
                loop {
                    thread::park();
                }
            }
            number + 1
        });
        assert_eq!(asker.ask(1), Ok(2));
        assert!(asker.ask(13).is_err());
        assert_eq!(asker.ask(2), Ok(3));
        asker.stuck = STUCK;
        assert!(asker.ask(2).is_err(), "the threads are bounded");
    }
}
