//! The program that refuses queries for blocked names (`helpers/bpf/names.bpf.c`), for the processes of a cgroup and all below it.
//!
//! Program and table are pinned, as those of addresses are: queries are refused also while nothing runs. Where no name is blocked, nothing is attached.

use std::{
    collections::HashSet,
    fs, io,
    os::unix::fs::MetadataExt,
    path::{Path, PathBuf},
};

use aya::{
    EbpfLoader, include_bytes_aligned,
    maps::{
        Map, MapData,
        lpm_trie::{Key, LpmTrie},
    },
    programs::{
        CgroupAttachMode,
        links::{FdLink, PinnedLink},
    },
};
use sha2::{Digest, Sha256};

use super::super::{
    backend::Boot,
    cgroup::{error, hierarchy, link_one, mount_bpffs},
};

/// What clang made of the source; `.ci/bpf` makes it anew.
static OBJECT: &[u8] =
    include_bytes_aligned!(concat!(env!("CARGO_MANIFEST_DIR"), "/bpf/names.bpf.o"));

/// The object's program and table.
const PROGRAM: &str = "refuse";
const TABLE: &str = "names";

/// A name as the program reads it, and when its block ends and how long its own prefix is.
pub(in super::super) type Text = [u8; 256];
type Table = LpmTrie<MapData, Text, [u64; 2]>;

/// Where it is attached and pinned.
#[derive(Debug)]
pub(super) struct Refusal {
    cgroup: fs::File,
    root: PathBuf,
    pins: PathBuf,
    at_work: Option<AtWork>,
}

#[derive(Debug)]
struct AtWork {
    table: Table,
    /// Held, so that who takes away the pins of a running process ends no block.
    _link: FdLink,
}

impl Refusal {
    /// Finds where it belongs; nothing is attached yet.
    ///
    /// # Errors
    ///
    /// Why it can be nowhere.
    pub(super) fn new(cgroup: Option<&Path>, bpffs: &Path, name: &str) -> io::Result<Refusal> {
        let cgroup = match cgroup {
            Some(cgroup) => cgroup.to_owned(),
            None => hierarchy()?,
        };
        let cgroup = fs::File::open(&cgroup)?;
        let root = bpffs.join(name);
        let version: String =
            Sha256::digest(OBJECT).iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        let pins = root.join(format!("{version}-{}", cgroup.metadata()?.ino()));
        mount_bpffs(bpffs)?;
        Ok(Refusal { cgroup, root, pins, at_work: None })
    }

    /// Loads and attaches the program, and lets go of it again.
    ///
    /// # Errors
    ///
    /// Why the kernel takes no such program, or not from this process.
    pub(super) fn probe(&self) -> io::Result<()> {
        attach(&self.cgroup).map(drop)
    }

    /// Makes these the names that are refused, whatever was there.
    pub(super) fn replace(&mut self, names: &[(String, Option<Boot>)]) -> io::Result<()> {
        if names.is_empty() {
            return self.remove();
        }
        let at_work = self.begin()?;
        let mut wanted = HashSet::new();
        for (name, until) in names {
            at_work.set(name, *until)?;
            wanted.insert(bytes(&key(name)));
        }
        let there: Vec<Key<Text>> =
            at_work.table.keys().collect::<Result<_, _>>().map_err(error)?;
        for key in there.iter().filter(|key| !wanted.contains(&bytes(key))) {
            at_work.table.remove(key).map_err(error)?;
        }
        self.sweep()
    }

    /// Refuses a name and all below it, until a moment or for good.
    pub(super) fn set(&mut self, name: &str, until: Option<Boot>) -> io::Result<()> {
        self.begin()?.set(name, until)
    }

    /// Refuses exactly this one no longer.
    pub(super) fn clear(&mut self, name: &str) -> io::Result<()> {
        let Some(at_work) = &mut self.at_work else { return Ok(()) };
        match at_work.table.remove(&key(name)).map_err(error) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
            other => other,
        }
    }

    /// Takes everything out of the kernel.
    pub(super) fn remove(&mut self) -> io::Result<()> {
        self.at_work = None;
        remove(&self.root)
    }

    /// Takes what is pinned, or attaches and pins it.
    fn begin(&mut self) -> io::Result<&mut AtWork> {
        if self.at_work.is_none() {
            let there = pinned(&self.pins);
            let at_work = there.or_else(|_| pin(&self.root, &self.pins, attach(&self.cgroup)?))?;
            self.at_work = Some(at_work);
        }
        self.at_work.as_mut().ok_or_else(|| io::ErrorKind::NotFound.into())
    }

    /// Removes what other versions, another cgroup or an interrupted start have left.
    fn sweep(&self) -> io::Result<()> {
        for path in folders(&self.root)?.iter().filter(|path| **path != self.pins) {
            dismantle(path)?;
        }
        Ok(())
    }
}

impl AtWork {
    fn set(&mut self, name: &str, until: Option<Boot>) -> io::Result<()> {
        let key = key(name);
        // One that ends ends after 0.
        let end = until.map_or(0, |until| until.nanos().max(1));
        self.table.insert(&key, [end, key.prefix_len().into()], 0).map_err(error)
    }
}

/// The name from its end to its beginning, each label's length behind it: so that all names below begin with it.
pub(in super::super) fn key(name: &str) -> Key<Text> {
    let mut text = [0; 256];
    let mut wire: Vec<u8> = name
        .split('.')
        .flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat())
        .collect();
    wire.reverse();
    let length = wire.len().min(text.len() - 1);
    text[..length].copy_from_slice(&wire[..length]);
    Key::new(length as u32 * 8, text)
}

fn bytes(key: &Key<Text>) -> (u32, Vec<u8>) {
    let length = key.prefix_len() as usize / 8;
    (key.prefix_len(), key.data().iter().take(length).copied().collect())
}

fn attach(cgroup: &fs::File) -> io::Result<(Table, FdLink)> {
    let mut object = EbpfLoader::new().load(OBJECT).map_err(error)?;
    let missing = || io::Error::other("it is not in the object");
    let table = Table::try_from(object.take_map(TABLE).ok_or_else(missing)?).map_err(error)?;
    let program = object.program_mut(PROGRAM).ok_or_else(missing)?;
    let link = link_one(program, PROGRAM, cgroup, CgroupAttachMode::Single)?;
    Ok((table, link))
}

/// Pins both in a folder that then gets its name at once.
fn pin(root: &Path, pins: &Path, (table, link): (Table, FdLink)) -> io::Result<AtWork> {
    // Names there hold no dots.
    let new = root.join("new");
    let _ = fs::remove_dir_all(&new);
    fs::create_dir_all(&new)?;
    table.pin(new.join(TABLE)).map_err(error)?;
    let link = link.pin(new.join(PROGRAM)).map_err(error)?;
    if pins.exists() {
        dismantle(pins)?;
    }
    fs::rename(&new, pins)?;
    drop(link);
    pinned(pins)
}

fn pinned(pins: &Path) -> io::Result<AtWork> {
    let table = Map::LpmTrie(MapData::from_pin(pins.join(TABLE)).map_err(error)?);
    let link = PinnedLink::from_pin(pins.join(PROGRAM)).map_err(error)?;
    Ok(AtWork { table: Table::try_from(table).map_err(error)?, _link: link.into() })
}

/// Removes a folder with all that is pinned in it, if there is one.
pub(super) fn remove(root: &Path) -> io::Result<()> {
    for path in folders(root)? {
        dismantle(&path)?;
    }
    match fs::remove_dir(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}

fn folders(root: &Path) -> io::Result<Vec<PathBuf>> {
    match fs::read_dir(root) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
        other => other?.map(|entry| Ok(entry?.path())).collect(),
    }
}

/// Removes a folder of pins. The program leaves its cgroup a little later, so it is left without anything to refuse.
fn dismantle(pins: &Path) -> io::Result<()> {
    if let Ok(mut at_work) = pinned(pins) {
        let there: Vec<Key<Text>> =
            at_work.table.keys().collect::<Result<_, _>>().map_err(error)?;
        there.iter().try_for_each(|key| at_work.table.remove(key).map_err(error))?;
    }
    fs::remove_dir_all(pins)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_below_a_name_begins_with_it_by_whole_labels() {
        let text = |name: &str| bytes(&key(name)).1;
        assert_eq!(text("evil.example"), b"elpmaxe\x07live\x04");
        assert!(text("a.evil.example").starts_with(&text("evil.example")));
        assert!(!text("notevil.example").starts_with(&text("evil.example")));
        let long = format!("{}.{}", ["abcdefghijklmno"; 15].join("."), "abcdefghijklm");
        assert_eq!((long.len(), key(&long).prefix_len()), (253, 254 * 8));
    }
}
