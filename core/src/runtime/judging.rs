//! Judging events in their order.

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock},
    time::Instant,
};

use jiff::Timestamp;

use super::{Counters, add, gaps::Gaps, set::Set};
use crate::{
    detection::Detection,
    event::Event,
    host::Missing,
    matcher::{State, Verdict},
    recipe::OnLoss,
};

/// The recipes in force, and what depends on the order of events. Whatever is locked here is held for a few look-ups, never while something is read or
/// written.
pub(super) struct Judging {
    /// Replaced only by who has locked the order.
    set: RwLock<Arc<Set>>,
    order: Mutex<Order>,
    seed: u64,
}

pub(super) struct Order {
    pub(super) state: State,
    number: u64,
    last: Timestamp,
    pub(super) gaps: Gaps,
}

impl Judging {
    pub(super) fn new(set: Set, seed: u64) -> Judging {
        let (state, last) = (set.matcher.state(), Timestamp::UNIX_EPOCH);
        let order = Order { state, number: 0, last, gaps: Gaps::default() };
        Judging { set: RwLock::new(Arc::new(set)), order: Mutex::new(order), seed }
    }

    pub(super) fn set(&self) -> Arc<Set> {
        Arc::clone(&self.set.read().unwrap_or_else(PoisonError::into_inner))
    }

    pub(super) fn order(&self) -> MutexGuard<'_, Order> {
        self.order.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What may be missing from a detection's evidence, where its recipe minds.
    pub(super) fn missing(&self, detection: &Detection) -> Missing {
        match detection.recipe.on_loss {
            OnLoss::SkipDestructive => self.order().gaps.missing(&detection.event),
            OnLoss::Ignore => Missing::default(),
        }
    }

    /// Puts a set in the place of the one that there was, which this gives; what was counted and seen stays.
    pub(super) fn replace(&self, set: &Arc<Set>) -> Arc<Set> {
        let mut order = self.order();
        let before = self.set();
        set.matcher.take_over(&before.matcher, &mut order.state);
        *self.set.write().unwrap_or_else(PoisonError::into_inner) = Arc::clone(set);
        before
    }

    /// Gives the event its place in the run, and says what it does, and by which set.
    pub(super) fn judge(&self, event: &mut Event, counters: &Counters) -> (Arc<Set>, Verdict) {
        let start = Instant::now();
        let mut set = self.set();
        let mut candidates = set.matcher.candidates(event);
        let mut guard = self.order();
        let order = &mut *guard;
        let current = self.set();
        if !Arc::ptr_eq(&set, &current) {
            // It was replaced since; now it cannot be.
            set = current;
            candidates = set.matcher.candidates(event);
        }
        order.number += 1;
        event.complete(order.number, self.seed, order.last);
        order.last = event.timestamp().unwrap_or(order.last);
        order.gaps.lose_events(event);
        let verdict = set.matcher.judge(&mut order.state, event, candidates);
        drop(guard);
        add(&counters.events, 1);
        add(&counters.suppressed, verdict.suppressed.len() as u64);
        add(&counters.matching_ns, start.elapsed().as_nanos() as u64);
        (set, verdict)
    }
}
