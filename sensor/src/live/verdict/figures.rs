//! What was asked, how it was answered, and how long that took.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// Counts since the start. Once all is answered, `asked` is the sum of `own`, `unwanted`, `allowed`, `denied`, `missed`, `no_room` and `failed`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Figures {
    /// Questions of the kernel.
    pub asked: u64,
    /// Of this process and its descendants: allowed at once.
    pub own: u64,
    /// Such as no recipe wants to decide: allowed at once.
    pub unwanted: u64,
    /// Allowed by those who decide.
    pub allowed: u64,
    /// Refused.
    pub denied: u64,
    /// Allowed because nobody had decided in time.
    pub missed: u64,
    /// Allowed because too many waited.
    pub no_room: u64,
    /// Allowed because whoever was to decide failed inside.
    pub failed: u64,
    /// Refusals that came when the act had been allowed.
    pub late: u64,
    /// Times that the kernel could hand over no question: it refused the act.
    pub unread: u64,
    /// From the question to its answer, for what was decided or missed.
    pub latency: Latency,
}

impl std::ops::AddAssign for Figures {
    fn add_assign(&mut self, other: Figures) {
        let Figures { asked, own, unwanted, allowed, denied, missed, .. } = other;
        let Figures { no_room, failed, late, unread, latency, .. } = other;
        self.asked += asked;
        self.own += own;
        self.unwanted += unwanted;
        self.allowed += allowed;
        self.denied += denied;
        self.missed += missed;
        self.no_room += no_room;
        self.failed += failed;
        self.late += late;
        self.unread += unread;
        self.latency.counts.resize(PLACES, 0);
        for (count, more) in self.latency.counts.iter_mut().zip(latency.counts) {
            *count += more;
        }
        self.latency.max = self.latency.max.max(latency.max);
    }
}

/// How long answers took.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Latency {
    counts: Vec<u64>,
    /// The longest.
    pub max: Duration,
}

impl Latency {
    /// The time that this share of the answers took at most, to within an eighth; zero where there is none.
    #[must_use]
    pub fn quantile(&self, share: f64) -> Duration {
        let total: u64 = self.counts.iter().sum();
        let rank = (share.clamp(0.0, 1.0) * total as f64).ceil() as u64;
        let mut seen = 0;
        for (place, count) in self.counts.iter().enumerate() {
            seen += count;
            if seen >= rank.max(1) {
                return Duration::from_micros(most(place)).min(self.max);
            }
        }
        Duration::ZERO
    }

    /// How many there were.
    #[must_use]
    pub fn count(&self) -> u64 {
        self.counts.iter().sum()
    }
}

/// Each power of two of microseconds has eight places.
const PLACES: usize = 256;

fn place(micros: u64) -> usize {
    let place = match micros {
        0..8 => micros,
        _ => {
            let power = u64::from(micros.ilog2());
            (power - 2) * 8 + ((micros >> (power - 3)) & 7)
        }
    };
    (place as usize).min(PLACES - 1)
}

/// The most microseconds that have a place.
fn most(place: usize) -> u64 {
    let place = place as u64;
    match place {
        0..8 => place,
        _ => {
            let power = place / 8 + 2;
            ((place % 8 + 9) << (power - 3)) - 1
        }
    }
}

/// Behind the figures.
#[derive(Debug)]
pub(super) struct Counters {
    pub(super) asked: AtomicU64,
    pub(super) own: AtomicU64,
    pub(super) unwanted: AtomicU64,
    pub(super) allowed: AtomicU64,
    pub(super) denied: AtomicU64,
    pub(super) missed: AtomicU64,
    pub(super) no_room: AtomicU64,
    pub(super) failed: AtomicU64,
    pub(super) late: AtomicU64,
    pub(super) unread: AtomicU64,
    latency: [AtomicU64; PLACES],
    max: AtomicU64,
}

impl Default for Counters {
    fn default() -> Self {
        let zero = AtomicU64::default;
        Counters {
            asked: zero(),
            own: zero(),
            unwanted: zero(),
            allowed: zero(),
            denied: zero(),
            missed: zero(),
            no_room: zero(),
            failed: zero(),
            late: zero(),
            unread: zero(),
            latency: [const { AtomicU64::new(0) }; PLACES],
            max: zero(),
        }
    }
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Counters {
    pub(super) fn took(&self, time: Duration) {
        let micros = u64::try_from(time.as_micros()).unwrap_or(u64::MAX);
        count(&self.latency[place(micros)]);
        self.max.fetch_max(micros, Ordering::Relaxed);
    }

    pub(super) fn figures(&self) -> Figures {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        Figures {
            asked: get(&self.asked),
            own: get(&self.own),
            unwanted: get(&self.unwanted),
            allowed: get(&self.allowed),
            denied: get(&self.denied),
            missed: get(&self.missed),
            no_room: get(&self.no_room),
            failed: get(&self.failed),
            late: get(&self.late),
            unread: get(&self.unread),
            latency: Latency {
                counts: self.latency.iter().map(get).collect(),
                max: Duration::from_micros(get(&self.max)),
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn quantiles_are_told_to_within_an_eighth() {
        let counters = Counters::default();
        for micros in 1..=1000 {
            counters.took(Duration::from_micros(micros));
        }
        let latency = counters.figures().latency;
        assert_eq!((latency.count(), latency.max), (1000, Duration::from_millis(1)));
        let median = latency.quantile(0.5).as_micros();
        assert!((500..=563).contains(&median), "{median}");
        assert_eq!(latency.quantile(1.0), latency.max);
        assert_eq!(Latency::default().quantile(0.5), Duration::ZERO);
    }

    proptest! {
        #[test]
        fn a_time_is_no_more_than_the_most_of_its_place(micros in 0..u64::from(u32::MAX)) {
            let place = place(micros);
            prop_assert!(micros <= most(place) && (place == 0 || micros > most(place - 1)));
            prop_assert!(most(place) <= micros + micros / 8);
        }
    }
}
