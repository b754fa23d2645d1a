//! A world that only the run sees: every dry run acts here.
//!
//! Files are written to an overlay above the disk, which stays as it is; processes live until a reaction of the run kills them; blocks are leases in
//! the run's own time. The refusals that need this machine's pids, addresses or routes are not made here.

use std::{
    collections::BTreeMap,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use rustix::{
    fs::{self, Access, AtFlags, FileType, Stat},
    io::Errno,
};

use reactant_core::{capability::Capability, helper::Failure};

use super::{
    Act, Blockable, Effects, FileStat, Leases, Outcome, Power, Target, files,
    real::found,
    remove,
    temp::Temp,
    walk::{Over, Place, Walk, kind},
    world::Processes,
};
use crate::{protect::Protect, texts};

/// Bytes that the overlay holds at most: it lies in memory.
const OVERLAY_LIMIT: usize = 256 << 20;

/// How many leases on blocks there are at most: they lie in memory.
const LEASES_LIMIT: usize = 1 << 20;

/// The simulated world of one run.
#[derive(Debug, Default)]
pub struct Simulated {
    protect: Protect,
    world: Mutex<World>,
}

#[derive(Debug, Default)]
struct World {
    overlay: Overlay,
    processes: Processes,
    leases: Leases,
}

/// What lies over the disk, by resolved path.
#[derive(Debug, Default)]
struct Overlay {
    entries: BTreeMap<Vec<u8>, Entry>,
    bytes: usize,
}

#[derive(Debug)]
enum Entry {
    File { content: Vec<u8>, mode: u32, modified: Timestamp },
    Folder { modified: Timestamp },
    Gone,
}

impl Entry {
    /// What it takes of the limit, in bytes; about as much as it takes of the memory.
    fn cost(&self, path: &[u8]) -> usize {
        const EACH: usize = 128;
        let content = if let Entry::File { content, .. } = self { content.len() } else { 0 };
        EACH + path.len() + content
    }
}

/// The overlay holds all that it may.
#[derive(Debug)]
struct Full;

impl Simulated {
    /// A new world, in which the same is protected.
    #[must_use]
    pub fn new(protect: Protect) -> Simulated {
        Simulated { protect, world: Mutex::default() }
    }

    fn world(&self) -> MutexGuard<'_, World> {
        self.world.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn writable(&self, act: &Act<'_>, overlay: &Overlay, path: &str) -> Result<Place, Failure> {
        act.demand(&Capability::FS_WRITE)?;
        let over = |path: &[u8]| overlay.over(path);
        let place = found(act, Walk { follow_last: false, write: true, over: &over }, path)?;
        self.protect.check_write(&place.path)?;
        Ok(place)
    }
}

impl Overlay {
    fn over(&self, path: &[u8]) -> Over {
        match self.entries.get(path) {
            None => Over::Disk,
            Some(Entry::File { .. }) => Over::File,
            Some(Entry::Folder { .. }) => Over::Folder,
            Some(Entry::Gone) => Over::Gone,
        }
    }

    fn readable(&self, act: &Act<'_>, path: &str) -> Result<Place, Failure> {
        act.demand(&Capability::FS_READ)?;
        let over = |path: &[u8]| self.over(path);
        found(act, Walk { follow_last: true, write: false, over: &over }, path)
    }

    /// Every check that does not need the write itself; gives what the disk shows there.
    fn before_write(&self, place: &Place, append: bool) -> Result<Option<Stat>, Failure> {
        match self.entries.get(&place.path) {
            Some(Entry::Folder { .. }) => Err(place.system(Errno::ISDIR)),
            Some(Entry::File { .. }) if place.as_folder => Err(place.system(Errno::NOTDIR)),
            Some(Entry::File { .. }) => Ok(None),
            _ if place.as_folder => Err(place.system(Errno::ISDIR)),
            Some(Entry::Gone) => Ok(None),
            None => files::check_write(place, append),
        }
    }

    fn append(&mut self, place: &Place, data: &[u8], now: Timestamp) -> Result<(), Failure> {
        let room = OVERLAY_LIMIT.saturating_sub(self.bytes);
        let shown = self.before_write(place, true)?;
        if let Some(Entry::File { content, modified, .. }) = self.entries.get_mut(&place.path) {
            if data.len() > room {
                return Err(full(place));
            }
            self.bytes += data.len();
            content.extend_from_slice(data);
            *modified = now;
            return Ok(());
        }
        let (mut content, mode) = match shown {
            Some(stat) => (files::read_up_to(place, &stat, room)?, stat.st_mode),
            None => (Vec::new(), REGULAR | 0o600),
        };
        content.extend_from_slice(data);
        self.put(place, content, mode, now)
    }

    fn put(
        &mut self,
        place: &Place,
        content: Vec<u8>,
        mode: u32,
        now: Timestamp,
    ) -> Result<(), Failure> {
        let entry = Entry::File { content, mode, modified: now };
        self.insert(place.path.clone(), entry).map_err(|Full| full(place))
    }

    fn insert(&mut self, path: Vec<u8>, entry: Entry) -> Result<(), Full> {
        let old = self.entries.get(&path).map_or(0, |old| old.cost(&path));
        let bytes = self.bytes - old + entry.cost(&path);
        if bytes > OVERLAY_LIMIT {
            return Err(Full);
        }
        self.bytes = bytes;
        self.entries.insert(path, entry);
        Ok(())
    }

    /// Removes what the overlay has at a path and below it.
    fn remove(&mut self, path: &[u8]) {
        let below = [path, b"/"].concat();
        self.entries.retain(|at, entry| {
            let keep = at != path && !at.starts_with(&below);
            if !keep {
                self.bytes -= entry.cost(at);
            }
            keep
        });
    }
}

fn full(place: &Place) -> Failure {
    place.fails(texts::OVERLAY_FULL)
}

/// The type bits of a regular file and of a directory (inode(7)).
const REGULAR: u32 = 0o100_000;
const DIRECTORY: u32 = 0o040_000;

impl Effects for Simulated {
    fn read(&self, act: &Act<'_>, path: &str) -> Result<Vec<u8>, Failure> {
        let overlay = &self.world().overlay;
        let place = overlay.readable(act, path)?;
        match overlay.entries.get(&place.path) {
            None => files::read(&place),
            Some(Entry::Gone) => Err(place.system(Errno::NOENT)),
            Some(Entry::Folder { .. }) => Err(place.system(Errno::ISDIR)),
            Some(Entry::File { .. }) if place.as_folder => Err(place.system(Errno::NOTDIR)),
            Some(Entry::File { content, .. }) if content.len() > files::READ_LIMIT => {
                Err(files::too_large(&place, files::READ_LIMIT))
            }
            Some(Entry::File { content, .. }) => Ok(content.clone()),
        }
    }

    fn stat(&self, act: &Act<'_>, path: &str) -> Result<FileStat, Failure> {
        let overlay = &self.world().overlay;
        let place = overlay.readable(act, path)?;
        match overlay.entries.get(&place.path) {
            None => files::stat(&place),
            Some(Entry::Gone) => Err(place.system(Errno::NOENT)),
            Some(Entry::Folder { modified }) => {
                Ok(FileStat { size: 0, mode: DIRECTORY | 0o700, modified: *modified })
            }
            Some(Entry::File { .. }) if place.as_folder => Err(place.system(Errno::NOTDIR)),
            Some(Entry::File { content, mode, modified }) => {
                Ok(FileStat { size: content.len() as u64, mode: *mode, modified: *modified })
            }
        }
    }

    fn write(&self, act: &Act<'_>, path: &str, data: &[u8]) -> Result<(), Failure> {
        let overlay = &mut self.world().overlay;
        let place = self.writable(act, overlay, path)?;
        overlay.before_write(&place, false)?;
        overlay.put(&place, data.to_vec(), REGULAR | 0o600, act.now)
    }

    fn append(&self, act: &Act<'_>, path: &str, data: &[u8]) -> Result<(), Failure> {
        let overlay = &mut self.world().overlay;
        let place = self.writable(act, overlay, path)?;
        overlay.append(&place, data, act.now)
    }

    fn create_temp_dir(&self, act: &Act<'_>, prefix: &str) -> Result<String, Failure> {
        act.demand(&Capability::FS_TEMP)?;
        let overlay = &mut self.world().overlay;
        let temp = Temp::open()?;
        fs::accessat(&temp.dir, ".", Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)
            .map_err(|errno| texts::path_system("/tmp", errno))?;
        temp.name(prefix, act.seed, &self.protect, |name, path| {
            if name.len() > 255 {
                return Err(Errno::NAMETOOLONG);
            }
            if overlay.entries.contains_key(&path) || temp.is_taken(name) {
                return Err(Errno::EXIST);
            }
            let folder = Entry::Folder { modified: act.now };
            overlay.insert(path, folder).map_err(|Full| Errno::NOSPC)
        })
    }

    fn remove_dir(&self, act: &Act<'_>, path: &str) -> Result<(), Failure> {
        act.demand(&Capability::FS_TEMP)?;
        let overlay = &mut self.world().overlay;
        let temp = Temp::open()?;
        let place = temp.below(path, &|path| overlay.over(path))?;
        self.protect.check_write(&place.path)?;
        let on_disk = place.on_disk()?;
        match overlay.entries.get(&place.path) {
            Some(Entry::Gone) => return Err(place.system(Errno::NOENT)),
            Some(Entry::File { .. }) => return Err(place.system(Errno::NOTDIR)),
            Some(Entry::Folder { .. }) => {}
            None => {
                let stat = on_disk.ok_or_else(|| place.system(Errno::NOENT))?;
                if kind(&stat) != FileType::Directory {
                    return Err(place.system(Errno::NOTDIR));
                }
                if let Some(dir) = &place.dir {
                    remove::same_mount(&temp.dir, dir, &place)?;
                    let wanted = Access::WRITE_OK | Access::EXEC_OK;
                    for name in [&b"."[..], &place.name] {
                        fs::accessat(dir, name, wanted, AtFlags::EACCESS)
                            .map_err(|errno| place.system(errno))?;
                    }
                }
            }
        }
        overlay.remove(&place.path);
        if on_disk.is_some() {
            overlay.insert(place.path.clone(), Entry::Gone).map_err(|Full| full(&place))?;
        }
        Ok(())
    }

    fn kill(&self, act: &Act<'_>, target: &Target) -> Result<Outcome, Failure> {
        act.demand(&Capability::PROCESS_KILL)?;
        self.world().processes.kill(target)
    }

    fn block(
        &self,
        act: &Act<'_>,
        what: &Blockable,
        until: Option<Timestamp>,
    ) -> Result<Outcome, Failure> {
        act.demand(&Capability::NET_BLOCK)?;
        let leases = &mut self.world().leases;
        leases.expire(act.now);
        if leases.len() >= LEASES_LIMIT {
            return Err(Failure::new(texts::TOO_MANY_BLOCKS));
        }
        Ok(leases.add(what, act.recipe, until, act.now))
    }

    fn unblock(&self, act: &Act<'_>, what: &Blockable) -> Result<Outcome, Failure> {
        act.demand(&Capability::NET_BLOCK)?;
        Ok(self.world().leases.end(what, act.recipe, act.now))
    }

    fn power(&self, act: &Act<'_>, _: Power) -> Result<(), Failure> {
        act.demand(&Capability::SYSTEM_POWER)
    }

    fn deny(&self, act: &Act<'_>, _: &str) -> Result<(), Failure> {
        act.demand(&Capability::VERDICT_DENY)
    }
}
