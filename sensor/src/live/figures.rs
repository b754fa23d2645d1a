//! What the sensor counts.

use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};

use aya::maps::{MapData, PerCpuArray};

use super::{
    record::Kind,
    table::{self, CacheFigures},
};

/// `struct counts` of `bpf/record.h`, one number for each [`Count`].
pub(super) type Counts = [u64; 9];

/// What each of the [`Counts`] is of.
#[derive(Debug, Clone, Copy)]
enum Count {
    Made,
    NoRoom,
    Shed,
    Own,
    OwnForgotten,
    Filtered,
    Accumulated,
    Evicted,
    Unresolved,
}

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
    /// Paths of events that are only what a process wrote, since nobody could look any more where they lead: `file.unresolved`.
    pub unresolved: u64,
    /// What was lost; only what is not 0.
    pub lost: Vec<Loss>,
    /// The process table.
    pub processes: CacheFigures,
    /// The flows that were told of and go on, and the processes whose flows are known.
    pub flows: CacheFigures,
    /// The names that DNS answers gave.
    pub names: CacheFigures,
    /// What the programs counted of each kind of record.
    pub kinds: Vec<KindFigures>,
}

/// What the programs counted of one kind of record.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub struct KindFigures {
    /// `exec`, `fork`, `exit`, `file`, …
    pub kind: &'static str,
    /// Records that the programs were to make.
    pub made: u64,
    /// Of those: the ring had no room, or kept it for what matters more.
    pub lost: u64,
    /// Acts of this process and its descendants.
    pub own: u64,
    /// Acts that no recipe asks for.
    pub filtered: u64,
    /// Acts that were told of the same process and object already.
    pub accumulated: u64,
    /// Process and object that were forgotten, so that what was told of them is told again.
    pub evicted: u64,
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
    /// Looks at the ring.
    pub(super) turns: AtomicU64,
    pub(super) read: AtomicU64,
    pub(super) events: AtomicU64,
    pub(super) own: AtomicU64,
    pub(super) unreadable: AtomicU64,
    pub(super) unmade: AtomicU64,
    pub(super) skipped: AtomicU64,
    pub(super) unresolved: AtomicU64,
    pub(super) table: Arc<table::Counters>,
    pub(super) flows: Arc<table::Counters>,
    pub(super) names: Arc<table::Counters>,
    /// Looks at the sockets that were there before, which the kernel refused.
    pub(super) unsearched: AtomicU64,
}

pub(super) fn count(counter: &AtomicU64) {
    counter.fetch_add(1, Ordering::Relaxed);
}

impl Counters {
    pub(super) fn new(kernel: PerCpuArray<MapData, Counts>) -> Counters {
        let zero = AtomicU64::default;
        Counters {
            kernel,
            turns: zero(),
            read: zero(),
            events: zero(),
            own: zero(),
            unreadable: zero(),
            unmade: zero(),
            skipped: zero(),
            unresolved: zero(),
            table: Arc::default(),
            flows: Arc::default(),
            names: Arc::default(),
            unsearched: zero(),
        }
    }

    /// What the programs counted of each kind, over all processors.
    fn kernel(&self) -> Vec<(Kind, Counts)> {
        let kinds = Kind::ALL.iter().map(|kind| {
            let mut sum = Counts::default();
            if let Ok(values) = self.kernel.get(&(*kind as u32), 0) {
                for counts in values.iter() {
                    sum.iter_mut().zip(counts).for_each(|(sum, count)| *sum += count);
                }
            }
            (*kind, sum)
        });
        kinds.collect()
    }

    pub(super) fn figures(&self) -> Figures {
        let get = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let kernel = self.kernel();
        let all = |count: Count| kernel.iter().map(|(_, counts)| counts[count as usize]).sum();
        let lost = [
            ("ring", "no room", all(Count::NoRoom)),
            ("ring", "room kept for what matters more", all(Count::Shed)),
            ("program", "entered while it ran", get(&self.skipped)),
            ("program", "not found out on what", all(Count::Unresolved)),
            ("own processes", "no room", all(Count::OwnForgotten)),
            ("process table", "/proc did not answer", get(&self.table.unanswered)),
            ("flows", "sockets from before could not be looked for", get(&self.unsearched)),
            ("reader", "not a record", get(&self.unreadable)),
            ("reader", "not an event", get(&self.unmade)),
        ];
        let lost = lost.into_iter().filter(|(.., count)| *count > 0);
        let of_kind = |(kind, counts): &(Kind, Counts)| {
            let get = |count: Count| counts[count as usize];
            KindFigures {
                kind: kind.name(),
                made: get(Count::Made),
                lost: get(Count::NoRoom) + get(Count::Shed),
                own: get(Count::Own),
                filtered: get(Count::Filtered),
                accumulated: get(Count::Accumulated),
                evicted: get(Count::Evicted),
            }
        };
        Figures {
            made: all(Count::Made),
            read: get(&self.read),
            events: get(&self.events),
            own: all(Count::Own) + get(&self.own),
            unresolved: get(&self.unresolved),
            lost: lost.map(|(stage, reason, count)| Loss { stage, reason, count }).collect(),
            processes: self.table.figures(),
            flows: self.flows.figures(),
            names: self.names.figures(),
            kinds: kernel.iter().map(of_kind).collect(),
        }
    }
}
