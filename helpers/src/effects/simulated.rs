//! A world that only the run sees: every dry run acts here.
//!
//! Files are written to an overlay above the disk, which stays as it is; processes live until a reaction of the run kills them; blocks are leases in
//! the run's own time. The refusals that need this machine's pids, addresses or routes are not made here.
//!
//! The world is locked for a look or a change at a time, never while the disk is read: a disk that hangs holds up one reaction, not all. What
//! a write found is therefore checked once more when it is put down.

use std::{
    collections::BTreeMap,
    ops::Bound,
    sync::{Mutex, MutexGuard, PoisonError},
};

use jiff::Timestamp;
use rustix::{
    fs::{self, Access, AtFlags, FileType, Stat},
    io::Errno,
};

use reactant_core::{capability::Capability, helper::Failure};

use super::{
    Act, Blockable, Effects, FileStat, Holder, Leases, Outcome, Power, Target, files,
    real::found,
    remove::{Mount, Removal},
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
    /// What it takes of the limit, in bytes; about as much as it takes of the memory, the room for more included.
    fn cost(&self, path: &[u8]) -> usize {
        const EACH: usize = 128;
        let content = if let Entry::File { content, .. } = self { content.capacity() } else { 0 };
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

    fn over(&self, path: &[u8]) -> Over {
        self.world().overlay.over(path)
    }

    fn readable(&self, act: &Act<'_>, path: &str) -> Result<Place, Failure> {
        act.demand(&Capability::FS_READ)?;
        let over = |path: &[u8]| self.over(path);
        found(act, Walk { follow_last: true, write: false, over: &over }, path)
    }

    /// Every check that does not need the write itself; gives what the disk shows there.
    fn before_write(&self, place: &Place, append: bool) -> Result<Option<Stat>, Failure> {
        match self.over(&place.path) {
            Over::Folder => Err(place.system(Errno::ISDIR)),
            Over::File if place.as_folder => Err(place.system(Errno::NOTDIR)),
            Over::File => Ok(None),
            _ if place.as_folder => Err(place.system(Errno::ISDIR)),
            Over::Gone => Ok(None),
            Over::Disk => files::check_write(place, append),
        }
    }

    fn writable(&self, act: &Act<'_>, path: &str) -> Result<Place, Failure> {
        act.demand(&Capability::FS_WRITE)?;
        let over = |path: &[u8]| self.over(path);
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

    /// Whether the place can still be reached: another reaction may have removed what lies above it since it was found.
    fn check_still_there(&self, place: &Place) -> Result<(), Failure> {
        let above = |path: &[u8]| path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        let mut end = above(&place.path);
        // A directory that lies over the disk only must still do so.
        if place.dir.is_none() && self.over(&place.path[..end]) != Over::Folder {
            return Err(place.system(Errno::NOENT));
        }
        while end > 0 {
            match self.over(&place.path[..end]) {
                Over::Gone => return Err(place.system(Errno::NOENT)),
                Over::File => return Err(place.system(Errno::NOTDIR)),
                Over::Folder | Over::Disk => end = above(&place.path[..end]),
            }
        }
        Ok(())
    }

    /// Appends to what the overlay has there; false where it has no file.
    fn append(&mut self, place: &Place, data: &[u8], now: Timestamp) -> Result<bool, Failure> {
        self.check_still_there(place)?;
        let Some(Entry::File { content, modified, .. }) = self.entries.get_mut(&place.path) else {
            return Ok(false);
        };
        let (held, others) = (content.capacity(), self.bytes - content.capacity());
        let needed = content.len() + data.len();
        let most = OVERLAY_LIMIT.saturating_sub(others);
        if needed > most {
            return Err(full(place));
        }
        if needed > held {
            // Doubled, so that many small writes cost no more than their bytes, as long as there is room.
            let wanted = needed.max(held.saturating_mul(2)).min(most);
            content.reserve_exact(wanted - content.len());
        }
        content.extend_from_slice(data);
        self.bytes = others + content.capacity();
        *modified = now;
        Ok(true)
    }

    fn put(
        &mut self,
        place: &Place,
        content: Vec<u8>,
        mode: u32,
        now: Timestamp,
    ) -> Result<(), Failure> {
        self.check_still_there(place)?;
        if matches!(self.over(&place.path), Over::Folder) {
            return Err(place.system(Errno::ISDIR));
        }
        let entry = Entry::File { content, mode, modified: now };
        self.insert(place.path.clone(), entry).map_err(|Full| full(place))
    }

    /// What the overlay has below a path.
    fn below(&self, path: &[u8]) -> impl Iterator<Item = (&Vec<u8>, &Entry)> {
        let prefix = [path, b"/"].concat();
        let from = (Bound::Included(prefix.clone()), Bound::Unbounded);
        self.entries.range(from).take_while(move |(at, _)| at.starts_with(&prefix))
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
        let below: Vec<Vec<u8>> = self.below(path).map(|(at, _)| at.clone()).collect();
        for at in below.iter().map(Vec::as_slice).chain([path]) {
            if let Some(entry) = self.entries.remove(at) {
                self.bytes -= entry.cost(at);
            }
        }
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
        let place = self.readable(act, path)?;
        match self.world().overlay.entries.get(&place.path) {
            None => {}
            Some(Entry::Gone) => return Err(place.system(Errno::NOENT)),
            Some(Entry::Folder { .. }) => return Err(place.system(Errno::ISDIR)),
            Some(Entry::File { .. }) if place.as_folder => return Err(place.system(Errno::NOTDIR)),
            Some(Entry::File { content, .. }) if content.len() > files::READ_LIMIT => {
                return Err(files::too_large(&place, files::READ_LIMIT));
            }
            Some(Entry::File { content, .. }) => return Ok(content.clone()),
        }
        files::read(&place)
    }

    fn stat(&self, act: &Act<'_>, path: &str) -> Result<FileStat, Failure> {
        let place = self.readable(act, path)?;
        let over = match self.world().overlay.entries.get(&place.path) {
            None => None,
            Some(Entry::Gone) => return Err(place.system(Errno::NOENT)),
            Some(Entry::Folder { modified }) => Some((0, DIRECTORY | 0o700, *modified)),
            Some(Entry::File { .. }) if place.as_folder => return Err(place.system(Errno::NOTDIR)),
            Some(Entry::File { content, mode, modified }) => {
                Some((content.len() as u64, *mode, *modified))
            }
        };
        match over {
            Some((size, mode, modified)) => Ok(FileStat { size, mode, modified }),
            None => files::stat(&place),
        }
    }

    fn write(&self, act: &Act<'_>, path: &str, data: &[u8]) -> Result<(), Failure> {
        let place = self.writable(act, path)?;
        self.before_write(&place, false)?;
        self.world().overlay.put(&place, data.to_vec(), REGULAR | 0o600, act.now)
    }

    fn append(&self, act: &Act<'_>, path: &str, data: &[u8]) -> Result<(), Failure> {
        let place = self.writable(act, path)?;
        let shown = self.before_write(&place, true)?;
        if self.world().overlay.append(&place, data, act.now)? {
            return Ok(());
        }
        let (mut content, mode) = match shown {
            Some(stat) => (files::read_up_to(&place, &stat, OVERLAY_LIMIT)?, stat.st_mode),
            None => (Vec::new(), REGULAR | 0o600),
        };
        content.reserve_exact(data.len());
        content.extend_from_slice(data);
        content.shrink_to_fit();
        let overlay = &mut self.world().overlay;
        // Another reaction may have been the first meanwhile, and begun with the same content of the disk.
        if overlay.append(&place, data, act.now)? {
            return Ok(());
        }
        overlay.put(&place, content, mode, act.now)
    }

    fn create_temp_dir(&self, act: &Act<'_>, prefix: &str) -> Result<String, Failure> {
        act.demand(&Capability::FS_TEMP)?;
        let temp = Temp::open()?;
        fs::accessat(&temp.dir, ".", Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)
            .map_err(|errno| texts::path_system("/tmp", errno))?;
        temp.name(prefix, act.seed, &self.protect, |name, path| {
            if name.len() > 255 {
                return Err(Errno::NAMETOOLONG);
            }
            if temp.is_taken(name) {
                return Err(Errno::EXIST);
            }
            let overlay = &mut self.world().overlay;
            if overlay.entries.contains_key(&path) {
                return Err(Errno::EXIST);
            }
            let folder = Entry::Folder { modified: act.now };
            overlay.insert(path, folder).map_err(|Full| Errno::NOSPC)
        })
    }

    fn remove_dir(&self, act: &Act<'_>, path: &str) -> Result<(), Failure> {
        act.demand(&Capability::FS_TEMP)?;
        let temp = Temp::open()?;
        let over = |path: &[u8]| self.over(path);
        let place = temp.below(path, &over)?;
        self.protect.check_write(&place.path)?;
        let on_disk = place.on_disk()?;
        match self.over(&place.path) {
            Over::Gone => return Err(place.system(Errno::NOENT)),
            Over::File => return Err(place.system(Errno::NOTDIR)),
            Over::Folder => {}
            Over::Disk => {
                let stat = on_disk.ok_or_else(|| place.system(Errno::NOENT))?;
                if kind(&stat) != FileType::Directory {
                    return Err(place.system(Errno::NOTDIR));
                }
                let mount =
                    Mount::of(&temp.dir).map_err(|errno| texts::path_system("/tmp", errno))?;
                Removal { act, protect: &self.protect, mount }.check(&place, &over)?;
            }
        }
        let overlay = &mut self.world().overlay;
        for (at, _) in overlay.below(&place.path).filter(|(_, entry)| !matches!(entry, Entry::Gone))
        {
            self.protect.check_write(at)?;
        }
        overlay.check_still_there(&place)?;
        // Another reaction may have been faster.
        match overlay.over(&place.path) {
            Over::Gone => return Err(place.system(Errno::NOENT)),
            Over::File => return Err(place.system(Errno::NOTDIR)),
            Over::Folder | Over::Disk => {}
        }
        overlay.remove(&place.path);
        if on_disk.is_some() {
            overlay.insert(place.path.clone(), Entry::Gone).map_err(|Full| full(&place))?;
        }
        Ok(())
    }

    fn kill(&self, act: &Act<'_>, target: &Target) -> Result<Outcome, Failure> {
        act.demand(&Capability::PROCESS_KILL)?;
        // The events' processes are those of the initial pid namespace.
        if let Some(why) = self.protect.refuses_number(target.pid) {
            return Err(Failure(why));
        }
        if let Some(why) = self.protect.refuses_name(target.pid, &target.exe) {
            return Err(Failure(why));
        }
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
        Ok(leases.add(what, &Holder::new(act.recipe, act.uuid), until, act.now))
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
