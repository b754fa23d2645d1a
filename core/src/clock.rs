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

/// A time in whole milliseconds since 1970, cut towards the past, also before 1970.
#[must_use]
pub fn millis(time: Timestamp) -> i64 {
    // Of a timestamp's range, which jiff keeps to about 10^13 s, nothing is cut off.
    time.as_nanosecond().div_euclid(1_000_000) as i64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn milliseconds_are_cut_towards_the_past() {
        let at = |nanos| millis(Timestamp::from_nanosecond(nanos).unwrap());
        assert_eq!([at(0), at(999_999), at(1_000_000), at(-1), at(-1_000_001)], [0, 0, 1, -1, -2]);
        assert_eq!(millis(Timestamp::MIN), -377_705_023_201_000);
    }
}
