//! Removing a directory with all that is in it, without ever leaving it.
//!
//! The whole tree is looked at before anything in it is removed, so that what is refused leaves it as it was. Each rule is checked once more where
//! something is removed: what others put there in between is met by that check, after what came before it has gone.

use std::os::fd::OwnedFd;

use rustix::{
    fs::{self, Access, AtFlags, Dir, FileType, Mode, OFlags, Stat, StatxFlags},
    io::Errno,
};

use reactant_core::helper::Failure;

use super::{
    Act,
    walk::{Over, Place, kind},
};
use crate::{protect::Protect, texts};

/// How deep a tree may be: two descriptors are held for each level.
const DEPTH: usize = 100;
/// How often a directory is read again when it was not empty after all.
const PASSES: usize = 8;

/// A mount, and the file system that it shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Mount(u64, u32, u32);

impl Mount {
    pub(super) fn of(file: &OwnedFd) -> Result<Mount, Errno> {
        let wanted = StatxFlags::BASIC_STATS | StatxFlags::MNT_ID;
        let stat = fs::statx(file, "", AtFlags::EMPTY_PATH, wanted)?;
        // Kernels before 5.8 leave the mount out; the file system still tells all but bind mounts apart.
        let known = stat.stx_mask & StatxFlags::MNT_ID.bits() != 0;
        Ok(Mount(if known { stat.stx_mnt_id } else { 0 }, stat.stx_dev_major, stat.stx_dev_minor))
    }
}

/// What holds for the whole tree.
pub(super) struct Removal<'a> {
    pub(super) act: &'a Act<'a>,
    pub(super) protect: &'a Protect,
    pub(super) mount: Mount,
}

impl Removal<'_> {
    pub(super) fn run(&self, place: &Place) -> Result<(), Failure> {
        let Some(dir) = &place.dir else { return Err(place.system(Errno::NOENT)) };
        self.check(place, &|_| Over::Disk)?;
        self.directory(dir, &place.name, &place.path, DEPTH)
    }

    /// Fails where anything in a tree would be refused, by the rules and, as far as can be told beforehand, by the system. What lies over the disk is
    /// not looked at, nor what it hides.
    pub(super) fn check(&self, place: &Place, over: &dyn Fn(&[u8]) -> Over) -> Result<(), Failure> {
        let Some(dir) = &place.dir else { return Err(place.system(Errno::NOENT)) };
        removable(dir, &place.path)?;
        self.check_directory(dir, &place.name, &place.path, DEPTH, over)
    }

    fn check_directory(
        &self,
        parent: &OwnedFd,
        name: &[u8],
        path: &[u8],
        depth: usize,
        over: &dyn Fn(&[u8]) -> Over,
    ) -> Result<(), Failure> {
        let dir = self.enter(parent, name, path, depth)?;
        let mut is_empty = true;
        self.each(&dir, path, |name, below, stat| {
            is_empty = false;
            if over(below) != Over::Disk {
                return Ok(());
            }
            match kind(stat) {
                FileType::Directory => self.check_directory(&dir, name, below, depth - 1, over),
                _ => self.protect.check_write(below),
            }
        })?;
        if is_empty { Ok(()) } else { removable(&dir, path) }
    }

    fn directory(
        &self,
        parent: &OwnedFd,
        name: &[u8],
        path: &[u8],
        depth: usize,
    ) -> Result<(), Failure> {
        let system = |errno| texts::path_system(path, errno);
        let dir = self.enter(parent, name, path, depth)?;
        for _ in 0..PASSES {
            self.content(&dir, path, depth)?;
            match fs::unlinkat(parent, name, AtFlags::REMOVEDIR) {
                // Some file systems skip entries while others are removed; or somebody adds to it.
                Err(Errno::NOTEMPTY) => {}
                answer => return answer.map_err(system),
            }
        }
        Err(system(Errno::NOTEMPTY))
    }

    /// Opens a directory that may be removed.
    fn enter(
        &self,
        parent: &OwnedFd,
        name: &[u8],
        path: &[u8],
        depth: usize,
    ) -> Result<OwnedFd, Failure> {
        let system = |errno| texts::path_system(path, errno);
        self.protect.check_write(path)?;
        if depth == 0 {
            return Err(texts::path(path, "the directory is nested too deep to be removed"));
        }
        let dir = open(parent, name).map_err(system)?;
        if Mount::of(&dir).map_err(system)? != self.mount {
            return Err(texts::path(path, "another file system is mounted there"));
        }
        Ok(dir)
    }

    fn content(&self, dir: &OwnedFd, path: &[u8], depth: usize) -> Result<(), Failure> {
        self.each(dir, path, |name, below, stat| {
            if kind(stat) == FileType::Directory {
                return self.directory(dir, name, below, depth - 1);
            }
            self.protect.check_write(below)?;
            match fs::unlinkat(dir, name, AtFlags::empty()) {
                Err(errno) if errno != Errno::NOENT => Err(texts::path_system(below, errno)),
                _ => Ok(()),
            }
        })
    }

    /// Visits what a directory holds: name, path and what it is.
    fn each(
        &self,
        dir: &OwnedFd,
        path: &[u8],
        mut visit: impl FnMut(&[u8], &[u8], &Stat) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let system = |errno| texts::path_system(path, errno);
        for entry in Dir::read_from(dir).map_err(system)? {
            self.act.in_time()?;
            let entry = entry.map_err(system)?;
            let name = entry.file_name().to_bytes();
            if name == b"." || name == b".." {
                continue;
            }
            let below = [path, b"/", name].concat();
            let stat = match fs::statat(dir, name, AtFlags::SYMLINK_NOFOLLOW) {
                Err(Errno::NOENT) => continue,
                stat => stat.map_err(|errno| texts::path_system(&below, errno))?,
            };
            visit(name, &below, &stat)?;
        }
        Ok(())
    }
}

fn open(parent: &OwnedFd, name: &[u8]) -> Result<OwnedFd, Errno> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    fs::openat(parent, name, flags, Mode::empty())
}

/// Whether this user may remove what a directory holds.
fn removable(dir: &OwnedFd, path: &[u8]) -> Result<(), Failure> {
    fs::accessat(dir, ".", Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS)
        .map_err(|errno| texts::path_system(path, errno))
}
