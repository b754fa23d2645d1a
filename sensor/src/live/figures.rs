//! What the sensor counts.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use aya::maps::{MapData, PerCpuArray};

use super::{
    program::Counts,
    table::{self, CacheFigures},
};

/// Counts since the start. Once the source has ended, `made` is `read` and all that was lost in the ring.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct Figures {
    /// Records that the programs were to make.
    pub made: u64,
    /// Records that were read.
    pub read: u64,
    /// Events that were made of them.
    pub events: u64,
    /// Acts of this process and its descendants, which are not told.
    pub own: u64,
    /// What was lost; only what is not 0.
    pub lost: Vec<Loss>,
    /// The process table.
    pub processes: CacheFigures,
}

/// Something that was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct Loss {
    /// Where.
    pub stage: &'static str,
    /// Why.
    pub reason: &'static str,
    /// How many.
    pub count: u64,
}

/// Behind the figures.
pub(super) struct Counters {
    kernel: PerCpuArray<MapData, Counts>,
    pub(super) read: AtomicU64,
    pub(super) events: AtomicU64,
    pub(super) own: AtomicU64,
    pub(super) unreadable: AtomicU64,
    pub(super) unmade: AtomicU64,
    pub(super) skipped: AtomicU64,
    pub(super) table: Arc<table::Counters>,
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Counters {
    pub(super) fn new(kernel: PerCpuArray<MapData, Counts>) -> Counters {
        let zero = AtomicU64::default;
        Counters {
            kernel,
            read: zero(),
            events: zero(),
            own: zero(),
            unreadable: zero(),
            unmade: zero(),
            skipped: zero(),
            table: Arc::default(),
        }
    }

    /// What the programs counted, over all kinds and processors.
    fn kernel(&self) -> Counts {
        let mut sum = [0; 4];
        for values in self.kernel.iter().flatten() {
            for counts in values.iter() {
                sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
            }
        }
        sum
    }

    pub(super) fn figures(&self) -> Figures {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let [made, no_room, own, own_forgotten] = self.kernel();
        let lost = [
            ("ring", "no room", no_room),
            ("program", "entered while it ran", get(&self.skipped)),
            ("own processes", "no room", own_forgotten),
            ("process table", "/proc did not answer", get(&self.table.unanswered)),
            ("reader", "not a record", get(&self.unreadable)),
            ("reader", "not an event", get(&self.unmade)),
        ];
        let lost = lost.into_iter().filter(|(.., count)| *count > 0);
        Figures {
            made,
            read: get(&self.read),
            events: get(&self.events),
            own: own + get(&self.own),
            lost: lost.map(|(stage, reason, count)| Loss { stage, reason, count }).collect(),
            processes: self.table.figures(),
        }
    }
}
