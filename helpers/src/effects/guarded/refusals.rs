//! How many refusals of a recipe are written down: a script in a loop must not fill the disk.

use std::{
    collections::HashMap,
    sync::{Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Lines of one recipe in one minute.
const MOST: u64 = 100;
const MINUTE: Duration = Duration::from_secs(60);

/// What was written of each recipe, and what was left out.
#[derive(Debug, Default)]
pub(super) struct Refusals {
    recipes: Mutex<HashMap<String, Count>>,
}

#[derive(Debug)]
struct Count {
    since: Instant,
    written: u64,
    left_out: u64,
}

impl Refusals {
    fn recipes(&self) -> MutexGuard<'_, HashMap<String, Count>> {
        self.recipes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether one more is written at a time; then gives how many were left out before it.
    pub(super) fn take(&self, recipe: &str, now: Instant) -> Option<u64> {
        let mut recipes = self.recipes();
        let count = recipes.entry(recipe.to_owned()).or_insert(Count {
            since: now,
            written: 0,
            left_out: 0,
        });
        if now.saturating_duration_since(count.since) >= MINUTE {
            (count.since, count.written) = (now, 0);
        }
        if count.written >= MOST {
            count.left_out += 1;
            return None;
        }
        count.written += 1;
        Some(std::mem::take(&mut count.left_out))
    }

    /// What was left out and not told yet, by recipe.
    pub(super) fn rest(&self) -> Vec<(String, u64)> {
        let mut recipes = self.recipes();
        let left = recipes.iter_mut().filter(|(_, count)| count.left_out > 0);
        left.map(|(recipe, count)| (recipe.clone(), std::mem::take(&mut count.left_out))).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hundred_a_minute_are_written_and_the_rest_is_counted() {
        let (refusals, start) = (Refusals::default(), Instant::now());
        let taken = |recipe: &str, at: Duration, times: usize| {
            (0..times).filter_map(|_| refusals.take(recipe, start + at)).collect::<Vec<u64>>()
        };
        assert_eq!(taken("a", Duration::ZERO, 130), [0; 100]);
        assert!(taken("a", Duration::from_secs(59), 5).is_empty());
        assert_eq!(taken("b", Duration::from_secs(59), 1), [0], "each has its own");
        assert_eq!(refusals.rest(), [("a".to_owned(), 35)]);
        assert!(taken("a", Duration::from_secs(59), 2).is_empty());
        assert_eq!(taken("a", Duration::from_secs(60), 2), [2, 0]);
        assert!(refusals.rest().is_empty());
    }
}
