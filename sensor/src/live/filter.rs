//! What leaves the kernel: an [`Interest`] in the kernel's maps.
//!
//! There are two filters, of which one holds. A new one is written to the other's place, and then one byte changes which: a program sees one or the other
//! whole, and what was told for one is told again for the next.

use std::sync::{Arc, Mutex, PoisonError};

use aya::maps::{Array, HashMap, LpmTrie, MapData, lpm_trie::Key};
use reactant_core::{
    event::{Action, ActionSet},
    interest::Interest,
};

use super::{LiveError, flow};

/// Entries that each of the two filters may have of each kind: half of what the maps have. What a set of recipes wants beyond is wanted of every file.
const ENTRIES: usize = 1 << 15;

/// `struct directory` of `bpf/file.h` without its length: the slot and a path.
type Directory = [u8; 256];
/// `struct name_end` of `bpf/file.h`: the slot, the length and the end of a name.
type NameEnd = [u8; 65];

/// `struct filter` of `bpf/file.h`: wanted, everywhere, directories, names, and the two halves of the salt.
type Entry = [u32; 6];

/// The maps.
pub(super) struct Maps {
    pub(super) slot: Array<MapData, u32>,
    pub(super) filters: Array<MapData, Entry>,
    pub(super) directories: LpmTrie<MapData, Directory, u32>,
    pub(super) names: HashMap<MapData, NameEnd, u32>,
}

struct State {
    maps: Maps,
    flows: flow::Filter,
    /// Whether sockets that are there already must be looked for.
    search: bool,
    /// The slot that holds.
    now: u32,
    /// How many were set.
    generation: u64,
    /// What is in the maps for each slot.
    directories: [Vec<Key<Directory>>; 2],
    names: [Vec<NameEnd>; 2],
}

/// Changes what a [`Live`](super::Live) tells. Clones change the same.
#[derive(Clone)]
pub struct Filter(Arc<Mutex<State>>);

impl std::fmt::Debug for Filter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Filter").finish_non_exhaustive()
    }
}

impl Filter {
    pub(super) fn new(maps: Maps, flows: flow::Filter) -> Filter {
        let state = State {
            maps,
            flows,
            search: false,
            now: 0,
            generation: 0,
            directories: Default::default(),
            names: Default::default(),
        };
        Filter(Arc::new(Mutex::new(state)))
    }

    /// From now on what this interest wants is told, and nothing else; executions always are. Between the former and this one there is no gap: each act is
    /// judged by the one or by the other.
    ///
    /// # Errors
    ///
    /// The kernel does not take an entry: then the former holds.
    pub fn watch(&self, interest: &Interest) -> Result<(), LiveError> {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        state
            .set(interest)
            .map_err(|error| LiveError::Load { reason: format!("the filter: {error}") })
    }
}

impl Filter {
    /// Whether sockets that are there already must be looked for; asked once.
    pub(super) fn must_search(&self) -> bool {
        let mut state = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut state.search)
    }

    /// Says which sockets the next look at those that are there is for.
    pub(super) fn pass(&self, pass: u32) -> Result<(), aya::maps::MapError> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).flows.pass(pass)
    }
}

impl State {
    fn set(&mut self, interest: &Interest) -> Result<(), aya::maps::MapError> {
        let next = self.now ^ 1;
        let slot = next as usize;
        // Of the filter before the last. Whoever began under that one has long ended.
        for key in self.directories[slot].drain(..) {
            self.maps.directories.remove(&key)?;
        }
        for name in self.names[slot].drain(..) {
            self.maps.names.remove(&name)?;
        }
        let table = Table::of(interest, next as u8);
        for (key, actions) in &table.directories {
            self.maps.directories.insert(key, bits(*actions), 0)?;
            self.directories[slot].push(*key);
        }
        for (name, actions) in &table.names {
            self.maps.names.insert(name, bits(*actions), 0)?;
            self.names[slot].push(*name);
        }
        self.generation += 1;
        let salt = reactant_core::seed::mix(0, self.generation);
        let union = |sets: &mut dyn Iterator<Item = ActionSet>| {
            bits(sets.fold(ActionSet::EMPTY, ActionSet::union))
        };
        let directories = union(&mut table.directories.iter().map(|(_, actions)| *actions));
        let names = union(&mut table.names.iter().map(|(_, actions)| *actions));
        let everywhere = bits(table.everywhere);
        let wanted = everywhere | directories | names;
        let entry = [wanted, everywhere, directories, names, salt as u32, (salt >> 32) as u32];
        self.maps.filters.set(next, entry, 0)?;
        // Those of flows change at once as well.
        self.search |= self.flows.apply(interest.flows())?;
        self.maps.slot.set(0, next, 0)?;
        self.now = next;
        Ok(())
    }
}

/// An interest as the maps hold it.
struct Table {
    everywhere: ActionSet,
    directories: Vec<(Key<Directory>, ActionSet)>,
    names: Vec<(NameEnd, ActionSet)>,
}

impl Table {
    fn of(interest: &Interest, slot: u8) -> Table {
        let mut everywhere = interest.everywhere();
        let mut paths: Vec<(Vec<u8>, ActionSet)> = Vec::new();
        for (directory, actions) in interest.directories() {
            paths.push((format!("{}/", directory.trim_end_matches('/')).into_bytes(), actions));
        }
        for (path, actions) in interest.files() {
            paths.push((format!("{path}\0").into_bytes(), actions));
        }
        for (path, _) in &mut paths {
            // The beginning covers more than the whole.
            path.truncate(255);
        }
        if paths.len() > ENTRIES {
            everywhere = paths.drain(..).fold(everywhere, |all, (_, actions)| all.union(actions));
        }
        let mut names: Vec<_> = interest
            .names()
            .map(|(name, actions)| (name_end(slot, name.as_bytes()), actions))
            .collect();
        if names.len() > ENTRIES {
            everywhere = names.drain(..).fold(everywhere, |all, (_, actions)| all.union(actions));
        }
        // Ends may be alike.
        names.sort_by_key(|(name, _)| *name);
        names.dedup_by(|(name, more), (kept, actions)| {
            let alike = name == kept;
            if alike {
                *actions = actions.union(*more);
            }
            alike
        });
        let directories = accumulate(paths).into_iter().map(|(path, actions)| {
            let mut data = [0; 256];
            data[0] = slot;
            data[1..=path.len()].copy_from_slice(&path);
            (Key::new(8 + 8 * path.len() as u32, data), actions)
        });
        Table { everywhere, directories: directories.collect(), names }
    }
}

/// Adds to each path what is wanted of those that it begins with: a look-up finds the longest only.
fn accumulate(mut paths: Vec<(Vec<u8>, ActionSet)>) -> Vec<(Vec<u8>, ActionSet)> {
    paths.sort_by(|(one, _), (other, _)| one.cmp(other));
    let mut above: Vec<(Vec<u8>, ActionSet)> = Vec::new();
    let mut all: Vec<(Vec<u8>, ActionSet)> = Vec::new();
    for (path, actions) in paths {
        while above.last().is_some_and(|(shorter, _)| !path.starts_with(shorter)) {
            above.pop();
        }
        let actions = above.last().map_or(actions, |(_, more)| actions.union(*more));
        above.push((path.clone(), actions));
        match all.last_mut() {
            Some((same, set)) if *same == path => *set = actions,
            _ => all.push((path, actions)),
        }
    }
    all
}

fn name_end(slot: u8, name: &[u8]) -> NameEnd {
    let end = &name[name.len().saturating_sub(63)..];
    let mut key = [0; 65];
    // A longer name is none that a file can have.
    (key[0], key[1]) = (slot, name.len() as u8);
    key[2..2 + end.len()].copy_from_slice(end);
    key
}

/// As `bpf/file.h` has them.
fn bits(actions: ActionSet) -> u32 {
    actions.iter().filter(|action| *action != Action::Execve).map(|action| 1 << action as u32).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(names: &[Action]) -> ActionSet {
        names.iter().copied().collect()
    }

    #[test]
    fn a_longer_path_wants_what_a_shorter_one_does() {
        let paths = [
            (b"/etc/".to_vec(), set(&[Action::Read])),
            (b"/etc/ssh/".to_vec(), set(&[Action::Write])),
            (b"/etc/ssh/key\0".to_vec(), set(&[Action::Open])),
            (b"/etcetera/".to_vec(), set(&[Action::Close])),
        ];
        let all = accumulate(paths.to_vec());
        let of = |path: &[u8]| all.iter().find(|(key, _)| key == path).unwrap().1;
        assert_eq!(of(b"/etc/"), set(&[Action::Read]));
        assert_eq!(of(b"/etc/ssh/"), set(&[Action::Read, Action::Write]));
        assert_eq!(of(b"/etc/ssh/key\0"), set(&[Action::Read, Action::Write, Action::Open]));
        assert_eq!(of(b"/etcetera/"), set(&[Action::Close]));
    }

    #[test]
    fn bits_are_those_of_the_programs() {
        assert_eq!(bits(set(&[Action::Fasync, Action::Link, Action::Execve])), 1 | 1 << 13);
    }

    #[test]
    fn what_is_too_long_for_a_key_is_covered_by_its_beginning() {
        let long = "x".repeat(300);
        let key = name_end(1, &long.as_bytes()[..200]);
        assert_eq!((key[0], key[1], key[64]), (1, 200, b'x'));
    }
}
