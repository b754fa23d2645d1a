//! The run's clock: passed in, never read by the runtime itself.

use std::fmt;

use jiff::Timestamp;

/// Tells the time of a run.
pub trait Clock: Send + Sync + fmt::Debug {
    /// The time, while an event of that timestamp is being answered.
    fn now(&self, event: Timestamp) -> Timestamp;

    /// The time while scripts load.
    fn at_load(&self) -> Timestamp;
}

/// The clock of a replay: it stands at the event's own time, and at 1970 while scripts load.
#[derive(Debug, Clone, Copy, Default)]
pub struct EventClock;

impl Clock for EventClock {
    fn now(&self, event: Timestamp) -> Timestamp {
        event
    }

    fn at_load(&self) -> Timestamp {
        Timestamp::UNIX_EPOCH
    }
}

/// A clock that runs by itself: the function is asked each time.
pub struct RunningClock<F>(pub F);

impl<F: Fn() -> Timestamp + Send + Sync> Clock for RunningClock<F> {
    fn now(&self, _event: Timestamp) -> Timestamp {
        (self.0)()
    }

    fn at_load(&self) -> Timestamp {
        (self.0)()
    }
}

impl<F> fmt::Debug for RunningClock<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RunningClock")
    }
}
