//! How much a recipe may log: so many messages in each window of the run's clock.

use std::{
    collections::{HashMap, VecDeque},
    sync::{Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;

/// Bounds on what is logged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogLimits {
    /// Bytes of a message, its escapes included.
    pub bytes: usize,
    /// Messages of a recipe in one window.
    pub messages: u64,
    /// How long a window is, on the run's clock.
    pub window: Duration,
}

impl Default for LogLimits {
    /// 8 KiB a message (`helpers.md`), 1,000 messages in 10 s.
    fn default() -> Self {
        LogLimits { bytes: 8 << 10, messages: 1000, window: Duration::from_secs(10) }
    }
}

/// Counts each recipe's messages.
#[derive(Debug, Default)]
pub struct LogMeter {
    limits: LogLimits,
    windows: Mutex<HashMap<String, VecDeque<Window>>>,
}

/// How many windows of a recipe are known at a time. The events of several machines, or of several recordings, may come mixed, each with a clock of its
/// own: each finds its window again.
const KNOWN: usize = 64;

#[derive(Debug)]
struct Window {
    /// Its start, in lengths since 1970.
    number: i128,
    passed: u64,
    cut: u64,
}

/// The answer to one message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Admitted {
    pub(super) passes: bool,
    /// How many were cut in other windows, where this message begins one.
    pub(super) cut_before: u64,
}

impl LogMeter {
    /// A meter with these limits.
    #[must_use]
    pub fn new(limits: LogLimits) -> LogMeter {
        LogMeter { limits, windows: Mutex::default() }
    }

    /// The limits.
    #[must_use]
    pub fn limits(&self) -> LogLimits {
        self.limits
    }

    /// Takes what was cut and not reported yet, by recipe: a window that no later message ended, as at the end of a run.
    #[must_use]
    pub fn take_unreported(&self) -> Vec<(String, u64)> {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let mut cut: Vec<(String, u64)> = windows
            .iter_mut()
            .map(|(recipe, windows)| (recipe.clone(), take_cut(windows)))
            .filter(|(_, cut)| *cut > 0)
            .collect();
        cut.sort();
        cut
    }

    /// Counts a message in the window that its time falls into, also where the clock has gone back.
    pub(super) fn admit(&self, recipe: &str, now: Timestamp) -> Admitted {
        let length = i128::try_from(self.limits.window.as_nanos()).unwrap_or(i128::MAX).max(1);
        let number = now.as_nanosecond().div_euclid(length);
        let mut recipes = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let windows = match recipes.get_mut(recipe) {
            Some(windows) => windows,
            None => recipes.entry(recipe.to_owned()).or_default(),
        };
        let known = windows.iter().rposition(|window| window.number == number);
        let cut_before = if known.is_none() { take_cut(windows) } else { 0 };
        // Whichever was used last stands last; the first is forgotten first.
        let mut window = match known.and_then(|at| windows.remove(at)) {
            Some(window) => window,
            None => Window { number, passed: 0, cut: 0 },
        };
        let passes = window.passed < self.limits.messages;
        if passes {
            window.passed += 1;
        } else {
            window.cut += 1;
        }
        if windows.len() >= KNOWN {
            windows.pop_front();
        }
        windows.push_back(window);
        Admitted { passes, cut_before }
    }
}

fn take_cut(windows: &mut VecDeque<Window>) -> u64 {
    windows.iter_mut().map(|window| std::mem::take(&mut window.cut)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_above_the_rate_is_cut_and_counted() {
        let meter = LogMeter::new(LogLimits { messages: 2, ..LogLimits::default() });
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let admit = |recipe, seconds| {
            let admitted = meter.admit(recipe, at(seconds));
            (admitted.passes, admitted.cut_before)
        };
        assert_eq!(admit("a", 0), (true, 0));
        assert_eq!(admit("a", 9), (true, 0));
        assert_eq!(admit("a", 9), (false, 0));
        assert_eq!(admit("a", 5), (false, 0));
        assert_eq!(admit("b", 9), (true, 0));
        assert_eq!(admit("a", 10), (true, 2));
        assert_eq!(admit("a", 10), (true, 0));
        assert_eq!(admit("a", 10), (false, 0));
        assert_eq!(admit("a", -1), (true, 1));
        assert!(meter.take_unreported().is_empty());
    }

    #[test]
    fn a_clock_that_jumps_back_and_forth_gets_no_new_window() {
        let meter = LogMeter::new(LogLimits { messages: 2, ..LogLimits::default() });
        let at = |seconds| Timestamp::from_second(seconds).unwrap();
        let passed = |times: &mut dyn Iterator<Item = i64>| {
            times.filter(|time| meter.admit("a", at(*time)).passes).count()
        };
        assert_eq!(passed(&mut (0..100).map(|n| 3600 * (n % 2))), 4);
        assert_eq!(passed(&mut (0..500).map(|n| 100 * (n % 50))), 96);
        let cut: u64 = meter.take_unreported().iter().map(|(_, cut)| cut).sum();
        assert!(cut > 0);
        // More clocks than are known: the meter stays bounded, not the messages.
        passed(&mut (0..1000).map(|n| 100 * n));
        assert_eq!(meter.windows.lock().unwrap()["a"].len(), KNOWN);
    }

    #[test]
    fn what_the_last_window_cut_can_be_asked_for() {
        let meter = LogMeter::new(LogLimits { messages: 0, ..LogLimits::default() });
        for recipe in ["b", "a", "b"] {
            meter.admit(recipe, Timestamp::UNIX_EPOCH);
        }
        assert_eq!(meter.take_unreported(), [("a".to_owned(), 1), ("b".to_owned(), 2)]);
        assert!(meter.take_unreported().is_empty());
    }
}
