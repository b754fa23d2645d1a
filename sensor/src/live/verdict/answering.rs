//! The thread that answers.

use std::{
    io::{ErrorKind, Write},
    mem::MaybeUninit,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{
        Arc, Weak,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};

use reactant_core::{event::Action, verdict::Judge};
use rustix::{
    event::{PollFd, PollFlags, Timespec, poll},
    fs::{Mode, OFlags, fstat, open, readlinkat_raw},
    process::setpriority_process,
};

use super::{
    figures::{Counters, count},
    own,
    people::People,
    question::{Answer, Parts, Path, Waiting},
};
use crate::live::fanotify::{Buffer, Event, Group};

/// How long the thread waits for a question before it looks whether it was stopped.
const PATIENCE: Duration = Duration::from_millis(50);

/// `PATH_MAX` (limits.h): the kernel writes no longer link.
const PATH: usize = 4096;

pub(super) struct Answering {
    judge: Arc<dyn Judge>,
    hold: bool,
    group: Weak<Group>,
    /// This process, and `/proc/self/fd`, opened beforehand.
    itself: u32,
    files: OwnedFd,
    people: Arc<People>,
    counters: Arc<Counters>,
    /// What was handed on and may not be answered yet.
    waiting: Vec<Weak<Waiting>>,
    /// The first of their deadlines.
    due: Option<Instant>,
    /// How many they may be before those are let go that are answered.
    room: usize,
}

/// What waits at least before that is looked at.
const ROOM: usize = 1024;

impl Answering {
    pub(super) fn new(
        group: &Arc<Group>,
        judge: Arc<dyn Judge>,
        hold: bool,
        people: Arc<People>,
        counters: Arc<Counters>,
    ) -> std::io::Result<Answering> {
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
        Ok(Answering {
            judge,
            hold,
            group: Arc::downgrade(group),
            itself: std::process::id(),
            files: open("/proc/self/fd", flags, Mode::empty())?,
            people,
            counters,
            waiting: Vec::with_capacity(ROOM),
            due: None,
            room: ROOM,
        })
    }

    /// Answers until told to stop; then the group is closed, and what waits happens.
    pub(super) fn run(mut self, group: Arc<Group>, stop: &AtomicBool) {
        // Of this thread alone (setpriority(2)): whoever waits for it may be anybody.
        let _ = setpriority_process(None, -20);
        let mut buffer: Buffer = [0; _];
        while !stop.load(Ordering::Relaxed) {
            let now = Instant::now();
            let left = self.due.map_or(PATIENCE, |due| due.saturating_duration_since(now));
            let left = left.min(PATIENCE);
            let wait = Timespec { tv_sec: 0, tv_nsec: left.subsec_nanos().into() };
            // An interrupted wait is as good as one that ended.
            let _ = poll(&mut [PollFd::new(&*group, PollFlags::IN)], Some(&wait));
            match group.read(&mut buffer, |event| self.take(&group, event)) {
                Ok(_) => {}
                // What cannot be understood cannot be answered either.
                Err(error) if error.kind() == ErrorKind::InvalidData => break,
                Err(_) => count(&self.counters.unread),
            }
            self.sweep();
        }
    }

    fn take(&mut self, group: &Group, event: Event) {
        let Event { mask, pid, file: Some(file), pidfd } = event else { return };
        let Counters { asked, own, unwanted, .. } = &*self.counters;
        count(asked);
        // Where it fails, whoever asked was killed meanwhile.
        let allow = |counter| {
            let _ = group.answer(file.as_fd(), true);
            count(counter);
        };
        if pid == self.itself {
            return allow(own);
        }
        let executed = mask & libc::FAN_OPEN_EXEC_PERM != 0;
        let action = if executed { Action::Execve } else { Action::Open };
        let path = self.path(file.as_fd());
        // What is unwound here must not end the thread.
        let wants =
            AssertUnwindSafe(|| self.judge.wants(&String::from_utf8_lossy(&path.bytes), action));
        let Some(patience) = catch_unwind(wants).unwrap_or_default() else {
            return allow(unwanted);
        };
        if own::is_own(self.itself, pid, pidfd.as_ref().map(AsFd::as_fd)) {
            return allow(own);
        }
        let now = Instant::now();
        let deadline = now + patience;
        let parts = Parts { group: Weak::clone(&self.group), file, pid, pidfd, path, action };
        let waiting = Waiting::new(parts, (now, deadline), &self.people, &self.counters);
        let waiting = Arc::new(waiting);
        if !self.hold {
            waiting.settle(Answer::AtOnce);
        }
        let ask = AssertUnwindSafe(|| self.judge.ask(Arc::clone(&waiting) as _));
        if !catch_unwind(ask).unwrap_or_default() {
            waiting.settle(Answer::NoRoom);
        } else if self.hold {
            self.keep(Arc::downgrade(&waiting));
            self.due = Some(self.due.map_or(deadline, |due| due.min(deadline)));
        }
    }

    /// Keeps a question until its deadline. Who asks without end, with a deadline far away, does not fill the memory: of those that are answered only as many
    /// stay as of those that are not, and these find room only as long as the judge has some.
    fn keep(&mut self, waiting: Weak<Waiting>) {
        if self.waiting.len() >= self.room {
            self.waiting.retain(|waiting| waiting.strong_count() > 0);
            self.room = ROOM.max(2 * self.waiting.len());
        }
        self.waiting.push(waiting);
    }

    /// Where the file lies: a link that the kernel writes.
    fn path(&self, file: BorrowedFd<'_>) -> Path {
        let mut name = [0_u8; 16];
        let mut rest = &mut name[..];
        // A number of at most ten digits, and the rest are zero bytes.
        let _ = write!(rest, "{}", file.as_raw_fd());
        let mut buffer = [MaybeUninit::<u8>::uninit(); PATH];
        let name = std::ffi::CStr::from_bytes_until_nul(&name).unwrap_or_default();
        let bytes = match readlinkat_raw(&self.files, name, &mut buffer[..]) {
            Ok((bytes, _)) => &*bytes,
            Err(_) => &[],
        };
        let unlinked = |bytes: &[u8]| {
            bytes.ends_with(DELETED) && fstat(file).is_ok_and(|stat| stat.st_nlink == 0)
        };
        let deleted = unlinked(bytes);
        let bytes = if deleted { &bytes[..bytes.len() - DELETED.len()] } else { bytes };
        Path { bytes: bytes.into(), deleted }
    }

    /// Allows what nobody answered in time.
    fn sweep(&mut self) {
        let now = Instant::now();
        if self.due.is_none_or(|due| now < due) {
            return;
        }
        let mut due: Option<Instant> = None;
        self.waiting.retain(|waiting| {
            let Some(waiting) = waiting.upgrade() else { return false };
            if now >= waiting.deadline {
                waiting.settle(Answer::Missed);
                return false;
            }
            due = Some(due.map_or(waiting.deadline, |due| due.min(waiting.deadline)));
            true
        });
        self.due = due;
    }
}

/// What the kernel writes behind the path of a file that no name leads to.
const DELETED: &[u8] = b" (deleted)";
