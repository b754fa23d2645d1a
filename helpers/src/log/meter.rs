//! How much a recipe may log: so many messages in each window of the run's clock.

use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use jiff::{SignedDuration, Timestamp};

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
    windows: Mutex<HashMap<String, Window>>,
}

#[derive(Debug)]
struct Window {
    start: Timestamp,
    passed: u64,
    cut: u64,
}

/// The answer to one message.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Admitted {
    pub(super) passes: bool,
    /// How many were cut in the window that has just ended.
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
            .map(|(recipe, window)| (recipe.clone(), std::mem::take(&mut window.cut)))
            .filter(|(_, cut)| *cut > 0)
            .collect();
        cut.sort();
        cut
    }

    /// Counts a message. A clock that goes back by a window or more begins a new one.
    pub(super) fn admit(&self, recipe: &str, now: Timestamp) -> Admitted {
        let mut windows = self.windows.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = Window { start: now, passed: 0, cut: 0 };
        let window = match windows.get_mut(recipe) {
            Some(window) => window,
            None => windows.entry(recipe.to_owned()).or_insert(fresh),
        };
        let mut cut_before = 0;
        let length = SignedDuration::try_from(self.limits.window).unwrap_or(SignedDuration::MAX);
        if now.duration_since(window.start).abs() >= length {
            cut_before = window.cut;
            *window = Window { start: now, passed: 0, cut: 0 };
        }
        let passes = window.passed < self.limits.messages;
        if passes {
            window.passed += 1;
        } else {
            window.cut += 1;
        }
        Admitted { passes, cut_before }
    }
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
        assert_eq!(admit("a", 0), (true, 1));
        assert!(meter.take_unreported().is_empty());
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
