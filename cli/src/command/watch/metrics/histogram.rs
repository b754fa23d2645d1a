//! How long things take, in buckets.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

/// The bounds of the buckets, in microseconds: an answer within a millisecond is what is aimed at, and a reaction has seconds.
const BOUNDS: [u64; 17] = [
    50, 100, 250, 500, 1_000, 2_500, 5_000, 10_000, 25_000, 50_000, 100_000, 250_000, 500_000,
    1_000_000, 2_500_000, 5_000_000, 10_000_000,
];

/// Counts of durations; any number of threads may add some.
#[derive(Debug, Default)]
pub(super) struct Histogram {
    /// Those up to each bound and beyond the one before; the last is beyond all.
    buckets: [AtomicU64; BOUNDS.len() + 1],
    nanos: AtomicU64,
}

/// A histogram at one moment.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Snapshot {
    /// Bounds in seconds, and how many are not above.
    pub(super) buckets: Vec<(f64, u64)>,
    pub(super) count: u64,
    /// In seconds.
    pub(super) sum: f64,
}

impl Histogram {
    pub(super) fn add(&self, duration: Duration) {
        let micros = duration.as_nanos().div_ceil(1000);
        let bucket = BOUNDS.partition_point(|bound| u128::from(*bound) < micros);
        self.buckets[bucket].fetch_add(1, Ordering::Relaxed);
        let nanos = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        self.nanos.fetch_add(nanos, Ordering::Relaxed);
    }

    pub(super) fn snapshot(&self) -> Snapshot {
        let mut count = 0;
        let mut up_to = |bucket: &AtomicU64| {
            count += bucket.load(Ordering::Relaxed);
            count
        };
        let counts: Vec<u64> = self.buckets.iter().map(&mut up_to).collect();
        let bounds = BOUNDS.iter().map(|bound| *bound as f64 / 1e6);
        Snapshot {
            buckets: bounds.zip(counts).collect(),
            count,
            sum: self.nanos.load(Ordering::Relaxed) as f64 / 1e9,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_what_is_not_above_its_bound() {
        let histogram = Histogram::default();
        for micros in [0, 50, 51, 1_000, 11_000_000] {
            histogram.add(Duration::from_micros(micros));
        }
        histogram.add(Duration::from_nanos(50_001));
        let told = histogram.snapshot();
        assert_eq!(told.buckets[0], (0.000_05, 2));
        assert_eq!(told.buckets[1], (0.000_1, 4));
        assert_eq!(told.buckets[4], (0.001, 5));
        assert_eq!((told.buckets[16], told.count), ((10.0, 5), 6));
        assert!((told.sum - 11.001_151_001).abs() < 1e-9, "{}", told.sum);
    }
}
