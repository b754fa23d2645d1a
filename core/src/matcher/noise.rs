//! `times`: how many detections are let through.

use std::collections::VecDeque;

use super::{
    attribute::{self, End},
    bounded::{Bounded, TableFigures},
    digest::{Digest, Key, Process, Start},
    domains,
};
use crate::{
    event::Event,
    packed::{self, Node},
    recipe::{CountedBy, NoiseLimit},
};

/// For each key of a limit's table, so many times of detections are remembered on average.
pub(super) const STAMPS_PER_KEY: usize = 16;

/// The counts of one limit.
#[derive(Debug)]
pub(super) struct Counter {
    limit: NoiseLimit,
    counts: Bounded<Count>,
    /// Times held in all counts together, and their bound.
    stamps: usize,
    max_stamps: usize,
}

/// What was let through for one key.
#[derive(Debug, Default)]
struct Count {
    /// Without a window.
    total: u64,
    /// With one: the event times in order, in nanoseconds since 1970.
    stamps: VecDeque<i128>,
}

impl Counter {
    pub(super) fn new(limit: &NoiseLimit, capacity: usize) -> Counter {
        let counts = Bounded::new(capacity);
        let max_stamps = capacity.saturating_mul(STAMPS_PER_KEY).max(1);
        Counter { limit: limit.clone(), counts, stamps: 0, max_stamps }
    }

    pub(super) fn by(&self) -> CountedBy {
        self.limit.by
    }

    /// Whether one more may be let through at this time.
    pub(super) fn has_room(&mut self, subject: Subject, now: i128) -> bool {
        let window = self.window();
        let count = match subject {
            Subject::Own => None,
            Subject::Counted(key) => self.counts.get(key),
        };
        let before = match (count, window) {
            (None, _) => 0,
            (Some(count), None) => count.total,
            (Some(count), Some(window)) => count.near(now, window),
        };
        before < self.limit.max
    }

    /// Counts one that is let through.
    pub(super) fn count(&mut self, subject: Subject, now: i128) {
        let Subject::Counted(key) = subject else { return };
        let Some(_) = self.limit.window else {
            let count = self.counts.entry(key);
            count.total = count.total.saturating_add(1);
            return;
        };
        if self.counts.is_full_for(key) {
            self.evict();
        }
        let count = self.counts.entry(key);
        let place = count.stamps.partition_point(|stamp| *stamp <= now);
        count.stamps.insert(place, now);
        self.stamps += 1;
        // Any window holds `max` times at most, so twice as many reach two windows back, beyond what late events ask for.
        let enough = usize::try_from(self.limit.max.saturating_mul(2)).unwrap_or(usize::MAX);
        if count.stamps.len() > enough {
            count.forget_farthest(now);
            self.stamps -= 1;
        }
        while self.stamps > self.max_stamps {
            if self.counts.len() > 1 {
                // Never this key's, which is the most recently used one.
                self.evict();
            } else {
                self.counts.entry(key).forget_farthest(now);
                self.counts.count_eviction();
                self.stamps -= 1;
            }
        }
    }

    /// Takes another share of the memory, as after a change of the set; what does not fit any more is forgotten and counted.
    pub(super) fn share(&mut self, capacity: usize) {
        self.counts.bound(capacity);
        self.max_stamps = capacity.saturating_mul(STAMPS_PER_KEY).max(1);
        let over = |counter: &Counter| {
            counter.counts.len() > capacity.max(1) || counter.stamps > counter.max_stamps
        };
        while over(self) && self.counts.len() > 1 {
            self.evict();
        }
        // The times of one key alone are cut when the next one comes.
    }

    fn evict(&mut self) {
        if let Some(count) = self.counts.evict() {
            self.stamps -= count.stamps.len();
        }
    }

    fn window(&self) -> Option<i128> {
        self.limit.window.map(|window| window.as_nanos() as i128)
    }

    pub(super) fn figures(&self) -> TableFigures {
        self.counts.figures()
    }
}

impl Count {
    /// How many are less than a window away, before or after: event time may go back.
    fn near(&self, now: i128, window: i128) -> u64 {
        let from = self.stamps.partition_point(|stamp| *stamp <= now - window);
        let to = self.stamps.partition_point(|stamp| *stamp < now + window);
        to.saturating_sub(from) as u64
    }

    /// Forgets the time that is farthest from now, on either side: one wrong clock must not fill the memory for good.
    fn forget_farthest(&mut self, now: i128) {
        if let (Some(first), Some(last)) = (self.stamps.front(), self.stamps.back()) {
            if now - first >= last - now {
                self.stamps.pop_front();
            } else {
                self.stamps.pop_back();
            }
        }
    }
}

/// What has a count of its own under a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    /// A process that does not say who it is: nothing else is counted with it.
    Own,
    /// Everything with this key.
    Counted(Digest),
}

/// What the event counts as under a limit of this kind.
pub(super) fn subject(event: &Event, by: CountedBy, hostname: &str, secret: u128) -> Subject {
    let key = Key::new(secret, 16 + by as u8);
    let process = |key: Key, process: Option<Process<'_>>| match process {
        Some(process) => Subject::Counted(key.process(process).finish()),
        None => Subject::Own,
    };
    // Whose text is unknown has nothing in common with others like it: it is counted by its process.
    let unknown = |who| process(Key::new(secret, 32 + by as u8), who);
    let key = match by {
        CountedBy::Process => return process(key, Process::of(event)),
        CountedBy::ParentProcess => return process(key, parent(event)),
        CountedBy::Exe => match text(event.process(), packed::Key::EXE) {
            "" => return unknown(Process::of(event)),
            exe => key.text(exe),
        },
        CountedBy::ParentExe => match text(event.parent(), packed::Key::EXE) {
            "" => return unknown(parent(event)),
            exe => key.text(exe),
        },
        CountedBy::Cmd => match text(event.process(), packed::Key::CMD) {
            "" => return unknown(Process::of(event)),
            cmd => key.text(cmd),
        },
        CountedBy::FullAncestry => match ancestry(event, key) {
            None => return unknown(Process::of(event)),
            Some(key) => key,
        },
        CountedBy::Hostname => match attribute::names(event, End::Remote).next() {
            Some(name) => key.text(&domains::canonical(name)),
            None => match End::Remote.peer(event).and_then(|peer| peer.address) {
                Some(address) => key.text(&address.to_string()),
                None => key.text(hostname),
            },
        },
        CountedBy::Total => key,
    };
    Subject::Counted(key.finish())
}

fn text<'e>(process: Option<Node<'e>>, field: packed::Key) -> &'e str {
    process.and_then(|process| process.get(field)).and_then(Node::as_str).unwrap_or_default()
}

/// The parent as the ancestry knows it, else by its pid alone.
fn parent(event: &Event) -> Option<Process<'_>> {
    if let Some(parent) = event.parent() {
        return Process::of_ancestor(parent);
    }
    let pid = event.process()?.get(packed::Key::PPID)?.as_int()?;
    Some(Process { pid, boot: "", start: Start::Unknown })
}

/// The chain of executables from init to the process, which closes the ancestry or is added to it; `None` where the process's own is unknown.
fn ancestry(event: &Event, mut key: Key) -> Option<Key> {
    let pid = |process: Node<'_>| process.get(packed::Key::PID).and_then(Node::as_int);
    let mut last = None;
    for ancestor in event.ancestry() {
        key = key.text(text(Some(ancestor), packed::Key::EXE));
        last = Some(ancestor);
    }
    let process = event.process();
    // Without pids nobody knows whether the last ancestor is the process: it is then named, maybe twice, but never left out.
    let closed = last.and_then(pid).is_some_and(|last| Some(last) == process.and_then(pid));
    let own = text(if closed { last } else { process }, packed::Key::EXE);
    match own {
        "" => None,
        _ if closed => Some(key),
        own => Some(key.text(own)),
    }
}
