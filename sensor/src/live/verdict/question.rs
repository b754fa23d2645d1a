//! A question of the kernel, from its reading to its answer.

use std::{
    os::fd::{AsFd, OwnedFd},
    sync::{
        Arc, Weak,
        atomic::{AtomicU8, Ordering},
    },
    time::Instant,
};

use reactant_core::{
    event::{Action, Event},
    verdict::{Question, TooLate},
};
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::{
    figures::{Counters, count},
    people::People,
    text,
};
use crate::live::{clock, fanotify::Group};

/// How a question was answered; the first answer counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Answer {
    /// Not yet.
    None = 0,
    Allowed,
    Denied,
    Missed,
    NoRoom,
    Failed,
    /// Allowed before anybody judged it.
    AtOnce,
}

/// An act that waits.
#[derive(Debug)]
pub(super) struct Waiting {
    /// Whoever answers holds it no longer than that takes: it is closed with the thread that reads it, and then the kernel has answered.
    pub(super) group: Weak<Group>,
    pub(super) file: OwnedFd,
    pub(super) pid: u32,
    pub(super) pidfd: Option<OwnedFd>,
    pub(super) path: Path,
    pub(super) action: Action,
    /// By the kernel's clock, in nanoseconds since boot.
    pub(super) time: u64,
    pub(super) asked: Instant,
    pub(super) deadline: Instant,
    pub(super) people: Arc<People>,
    pub(super) counters: Arc<Counters>,
    answer: AtomicU8,
}

/// The path of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Path {
    pub(super) bytes: Box<[u8]>,
    /// Whether no name leads to the file any more.
    pub(super) deleted: bool,
}

/// What of a question does not derive from the others.
pub(super) struct Parts {
    pub(super) group: Weak<Group>,
    pub(super) file: OwnedFd,
    pub(super) pid: u32,
    pub(super) pidfd: Option<OwnedFd>,
    pub(super) path: Path,
    pub(super) action: Action,
}

impl Waiting {
    pub(super) fn new(
        parts: Parts,
        (asked, deadline): (Instant, Instant),
        people: &Arc<People>,
        counters: &Arc<Counters>,
    ) -> Waiting {
        let Parts { group, file, pid, pidfd, path, action } = parts;
        Waiting {
            group,
            file,
            pid,
            pidfd,
            path,
            action,
            time: clock::since_boot(),
            asked,
            deadline,
            people: Arc::clone(people),
            counters: Arc::clone(counters),
            answer: AtomicU8::new(Answer::None as u8),
        }
    }

    /// Answers, unless somebody has; gives the answer that counts, as its number.
    pub(super) fn settle(&self, answer: Answer) -> u8 {
        let (order, none) = (Ordering::AcqRel, Answer::None as u8);
        if let Err(earlier) =
            self.answer.compare_exchange(none, answer as u8, order, Ordering::Acquire)
        {
            return earlier;
        }
        if let Some(group) = self.group.upgrade() {
            // It fails where whoever asked was killed meanwhile.
            let _ = group.answer(self.file.as_fd(), answer != Answer::Denied);
        }
        let Counters { allowed, denied, missed, no_room, failed, .. } = &*self.counters;
        count(match answer {
            Answer::None | Answer::Allowed | Answer::AtOnce => allowed,
            Answer::Denied => denied,
            Answer::Missed => missed,
            Answer::NoRoom => no_room,
            Answer::Failed => failed,
        });
        self.counters.took(self.asked.elapsed());
        answer as u8
    }

    fn has(&self, answer: Answer) -> bool {
        self.answer.load(Ordering::Acquire) == answer as u8
    }

    /// Whether who asked lives: what `/proc` told of it then was its own.
    fn asker_lives(&self) -> bool {
        let Some(pidfd) = &self.pidfd else { return true };
        // It can be read from once the process has ended (pidfd_open(2)).
        let now = Timespec { tv_sec: 0, tv_nsec: 0 };
        poll(&mut [PollFd::new(pidfd, PollFlags::IN)], Some(&now)).is_ok_and(|ready| ready == 0)
    }
}

impl Question for Waiting {
    fn event(&self) -> Option<Event> {
        let family = self.people.family(self.pid, self.deadline);
        if self.asker_lives() { text::event(self, family) } else { None }
    }

    fn deadline(&self) -> Instant {
        self.deadline
    }

    fn is_pending(&self) -> bool {
        self.has(Answer::None) || self.has(Answer::AtOnce) && Instant::now() < self.deadline
    }

    fn allow(&self) {
        self.settle(Answer::Allowed);
    }

    fn refuse(&self) -> Result<(), TooLate> {
        if self.settle(Answer::Denied) == Answer::Denied as u8 {
            return Ok(());
        }
        count(&self.counters.late);
        Err(TooLate)
    }

    fn is_refused(&self) -> bool {
        self.has(Answer::Denied)
    }
}

impl Drop for Waiting {
    /// Who was to answer has failed.
    fn drop(&mut self) {
        if self.has(Answer::None) {
            self.settle(Answer::Failed);
        }
    }
}
