//! Processor time: what a thread was given, whatever else the machine does.

use std::time::Duration;

use nix::{
    libc,
    time::{ClockId, clock_gettime},
    unistd::{Pid, gettid},
};

/// A thread's clock, which any thread of the process may read.
#[derive(Debug, Clone, Copy)]
pub(crate) struct ThreadClock(ClockId);

impl ThreadClock {
    /// The calling thread's.
    pub(crate) fn own() -> ThreadClock {
        ThreadClock::of(gettid())
    }

    fn of(thread: Pid) -> ThreadClock {
        // How the kernel names the clock of a thread: its id inverted, then CPUCLOCK_PERTHREAD and CPUCLOCK_SCHED (linux/posix-timers.h).
        let id = (!thread.as_raw() << 3) | 4 | 2;
        ThreadClock(ClockId::from_raw(libc::clockid_t::from(id)))
    }

    /// The processor time that the thread has used; none once it has ended.
    pub(crate) fn now(self) -> Duration {
        clock_gettime(self.0).map_or(Duration::ZERO, Duration::from)
    }
}
