//! A table that forgets its least recently used entry when it is full, and counts what it forgot.

use hashlink::linked_hash_map::{Entry, LinkedHashMap};
use rustc_hash::FxBuildHasher;

use super::digest::Digest;

/// A bounded table by digest. The digests are keyed hashes already, so a plain hasher spreads them.
#[derive(Debug)]
pub(super) struct Bounded<V> {
    entries: LinkedHashMap<Digest, V, FxBuildHasher>,
    capacity: usize,
    evicted: u64,
}

/// How full a table of the matcher is, and what it had to forget.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub struct TableFigures {
    /// Entries held.
    pub entries: u64,
    /// Entries forgotten for want of room since the run began.
    pub evicted: u64,
}

impl<V: Default> Bounded<V> {
    /// An empty table for so many entries, at least one.
    pub(super) fn new(capacity: usize) -> Self {
        let capacity = capacity.max(1);
        Bounded { entries: LinkedHashMap::with_hasher(FxBuildHasher), capacity, evicted: 0 }
    }

    /// The entry, which becomes the most recently used one, or a new one.
    pub(super) fn entry(&mut self, key: Digest) -> &mut V {
        if self.is_full_for(key) {
            self.evict();
        }
        match self.entries.entry(key) {
            Entry::Occupied(mut entry) => {
                entry.to_back();
                entry.into_mut()
            }
            Entry::Vacant(entry) => entry.insert(V::default()),
        }
    }

    /// Whether a new entry under this key would need the place of another.
    pub(super) fn is_full_for(&self, key: Digest) -> bool {
        self.entries.len() >= self.capacity && !self.entries.contains_key(&key)
    }

    /// The entry, which becomes the most recently used one, if there is one.
    pub(super) fn get(&mut self, key: Digest) -> Option<&V> {
        self.entries.to_back(&key).map(|value| &*value)
    }

    /// Forgets the least recently used entry.
    pub(super) fn evict(&mut self) -> Option<V> {
        let (_, value) = self.entries.pop_front()?;
        self.evicted += 1;
        Some(value)
    }

    /// Counts something forgotten that is less than an entry.
    pub(super) fn count_eviction(&mut self) {
        self.evicted += 1;
    }

    /// Takes another bound. What does not fit any more has to be forgotten first.
    pub(super) fn bound(&mut self, capacity: usize) {
        self.capacity = capacity.max(1);
    }

    pub(super) fn len(&self) -> usize {
        self.entries.len()
    }

    pub(super) fn figures(&self) -> TableFigures {
        TableFigures { entries: self.entries.len() as u64, evicted: self.evicted }
    }
}

impl std::ops::AddAssign for TableFigures {
    fn add_assign(&mut self, other: Self) {
        self.entries += other.entries;
        self.evicted += other.evicted;
    }
}
