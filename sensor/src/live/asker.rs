//! Asking `/proc` without being held up: who maps its arguments from a file system of its own can keep whoever reads them waiting for ever.

use std::{io, thread, time::Duration};

use crossbeam_channel::{Receiver, Sender, bounded};

use super::{process::Process, record::Who};

/// How long an answer may take. Where nobody interferes, it takes microseconds.
const PATIENCE: Duration = Duration::from_secs(1);

/// So many threads may be left waiting; then nobody is asked any more.
const STUCK: usize = 8;

/// See the [module](self).
pub(super) struct Asker {
    read: fn(Who) -> Option<Process>,
    thread: Option<(Sender<Who>, Receiver<Option<Process>>)>,
    stuck: usize,
}

/// There was no answer in time.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Unanswered;

impl Asker {
    pub(super) fn new(read: fn(Who) -> Option<Process>) -> Asker {
        Asker { read, thread: None, stuck: 0 }
    }

    /// Asks about a process; `None` where it is gone.
    pub(super) fn ask(&mut self, who: Who) -> Result<Option<Process>, Unanswered> {
        if self.stuck >= STUCK {
            return Err(Unanswered);
        }
        let (questions, answers) = match self.thread.take() {
            Some(thread) => thread,
            None => self.start().map_err(|_| Unanswered)?,
        };
        questions.send(who).map_err(|_| Unanswered)?;
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

    fn start(&self) -> io::Result<(Sender<Who>, Receiver<Option<Process>>)> {
        let (ask, questions) = bounded::<Who>(1);
        let (answer, answers) = bounded(1);
        let read = self.read;
        thread::Builder::new().name("sensor-proc".to_owned()).spawn(move || {
            for who in questions {
                if answer.send(read(who)).is_err() {
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

    fn who(pid: u32) -> Who {
        Who { pid, ticks: 1 }
    }

    #[test]
    fn who_never_answers_holds_up_nobody_else() {
        let mut asker = Asker::new(|who| {
            if who.pid == 13 {
                loop {
                    thread::park();
                }
            }
            None
        });
        assert_eq!(asker.ask(who(1)).map(|process| process.is_none()), Ok(true));
        assert!(asker.ask(who(13)).is_err());
        assert_eq!(asker.ask(who(2)).map(|process| process.is_none()), Ok(true));
        asker.stuck = STUCK;
        assert!(asker.ask(who(2)).is_err(), "the threads are bounded");
    }
}
