//! The kernel's clock and the calendar's.

use jiff::Timestamp;
use rustix::time::{ClockId, clock_gettime};

use super::record::TICK;

/// Nanoseconds since boot, times of suspension included: the clock of the records.
pub(super) fn since_boot() -> u64 {
    nanoseconds(ClockId::Boottime).try_into().unwrap_or_default()
}

fn nanoseconds(clock: ClockId) -> i128 {
    let time = clock_gettime(clock);
    i128::from(time.tv_sec) * 1_000_000_000 + i128::from(time.tv_nsec)
}

/// When the machine booted, in nanoseconds since 1970, by what the calendar's clock says now: it moves when that clock is set.
pub(super) fn boot() -> i128 {
    nanoseconds(ClockId::Realtime) - nanoseconds(ClockId::Boottime)
}

/// A time since boot as the calendar writes it.
pub(super) fn timestamp(boot: i128, since: u64) -> Timestamp {
    Timestamp::from_nanosecond(boot + i128::from(since)).unwrap_or_default()
}

/// The same of a start in clock ticks.
pub(super) fn start(boot: i128, ticks: u64) -> Timestamp {
    timestamp(boot, ticks.saturating_mul(TICK))
}
