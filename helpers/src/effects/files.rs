//! Reading and writing at a place that a walk found.

use std::{
    fs::File,
    hash::{BuildHasher, RandomState},
    io::{Read, Write},
    os::fd::{AsRawFd, OwnedFd},
};

use jiff::Timestamp;
use rustix::{
    fs::{self, Access, AtFlags, FileType, Mode, OFlags, Stat},
    io::Errno,
    process::geteuid,
};

use reactant_core::helper::Failure;

use super::{
    FileStat,
    walk::{Place, kind, only_ours},
};
use crate::{journal::Hash, texts};

/// Bytes that `ReadFile` reads at most (`helpers.md`).
pub(super) const READ_LIMIT: usize = 1 << 20;
/// What a new file is: for its owner only.
const PRIVATE: Mode = Mode::from_raw_mode(0o600);
/// How often a name that is taken is replaced by another.
pub(super) const TRIES: u64 = 64;

impl Place {
    pub(super) fn fails(&self, why: impl AsRef<str>) -> Failure {
        texts::path(&self.path, why)
    }

    pub(super) fn system(&self, errno: Errno) -> Failure {
        texts::path_system(&self.path, errno)
    }

    /// What the disk has there; `None` for nothing.
    pub(super) fn on_disk(&self) -> Result<Option<Stat>, Failure> {
        let Some(dir) = &self.dir else { return Ok(None) };
        match fs::statat(dir, &self.name[..], AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(Some(stat)),
            Err(Errno::NOENT) => Ok(None),
            Err(errno) => Err(self.system(errno)),
        }
    }
}

pub(super) fn stat(place: &Place) -> Result<FileStat, Failure> {
    let stat = place.on_disk()?.ok_or_else(|| place.system(Errno::NOENT))?;
    if place.as_folder && kind(&stat) != FileType::Directory {
        return Err(place.system(Errno::NOTDIR));
    }
    let modified = i128::from(stat.st_mtime) * 1_000_000_000 + i128::from(stat.st_mtime_nsec);
    let out = |_| place.fails("its time of modification is no date");
    Ok(FileStat {
        size: u64::try_from(stat.st_size).unwrap_or_default(),
        mode: stat.st_mode,
        modified: Timestamp::from_nanosecond(modified).map_err(out)?,
    })
}

/// The whole content of a regular file. It never waits: nothing that could is opened, and the file is opened so that it would not.
pub(super) fn read(place: &Place) -> Result<Vec<u8>, Failure> {
    let stat = place.on_disk()?.ok_or_else(|| place.system(Errno::NOENT))?;
    read_up_to(place, &stat, READ_LIMIT)
}

pub(super) fn read_up_to(place: &Place, seen: &Stat, limit: usize) -> Result<Vec<u8>, Failure> {
    open_and_read(place, seen, limit).map(|(content, _)| content)
}

/// The same, with the file that was read.
pub(super) fn open_and_read(
    place: &Place,
    seen: &Stat,
    limit: usize,
) -> Result<(Vec<u8>, File), Failure> {
    let file = File::from(open_regular(place, seen, OFlags::RDONLY)?);
    let mut content = Vec::new();
    let mut start = (&file).take(limit as u64 + 1);
    start.read_to_end(&mut content).map_err(|error| io(place, &error))?;
    if content.len() > limit { Err(too_large(place, limit)) } else { Ok((content, file)) }
}

/// The hash of a file's content, however much memory it would take; `None` for what is longer than anything that was written here.
pub(super) fn hash(place: &Place, seen: &Stat) -> Result<Option<Hash>, Failure> {
    /// More than the memory of any reaction.
    const LONGEST: u64 = 1 << 30;
    let file = File::from(open_regular(place, seen, OFlags::RDONLY)?);
    let longer = |about: std::fs::Metadata| about.len() > LONGEST;
    if file.metadata().map(longer).map_err(|error| io(place, &error))? {
        return Ok(None);
    }
    Hash::of_content(file.take(LONGEST)).map(Some).map_err(|error| io(place, &error))
}

pub(super) fn too_large(place: &Place, limit: usize) -> Failure {
    place.fails(format!("the file has more than {limit} bytes"))
}

/// Opens what was looked at: opening a device or a FIFO may already act or wait, hence the look before and the comparison after.
fn open_regular(place: &Place, seen: &Stat, access: OFlags) -> Result<OwnedFd, Failure> {
    let Some(dir) = &place.dir else { return Err(place.system(Errno::NOENT)) };
    regular(place, seen)?;
    let flags = access | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    let file = fs::openat(dir, &place.name[..], flags, Mode::empty())
        .map_err(|errno| place.system(errno))?;
    let opened = fs::fstat(&file).map_err(|errno| place.system(errno))?;
    regular(place, &opened)?;
    Ok(file)
}

fn regular(place: &Place, stat: &Stat) -> Result<(), Failure> {
    match kind(stat) {
        FileType::RegularFile if place.as_folder => Err(place.system(Errno::NOTDIR)),
        FileType::RegularFile => Ok(()),
        FileType::Directory => Err(place.system(Errno::ISDIR)),
        FileType::Symlink => Err(place.fails("is a symbolic link, which is not followed here")),
        _ => Err(place.fails("is not a regular file")),
    }
}

/// Whether a write there would be refused, by the safety rules and, as far as can be told beforehand, by the system.
pub(super) fn check_write(place: &Place, append: bool) -> Result<Option<Stat>, Failure> {
    let Some(dir) = &place.dir else { return Ok(None) };
    let seen = place.on_disk()?;
    match &seen {
        Some(seen) => check_existing(place, dir, seen)?,
        None if place.as_folder => return Err(place.system(Errno::ISDIR)),
        None => {}
    }
    let answer = match &seen {
        Some(_) if append => fs::accessat(dir, &place.name[..], Access::WRITE_OK, AtFlags::EACCESS),
        _ => fs::accessat(dir, ".", Access::WRITE_OK | Access::EXEC_OK, AtFlags::EACCESS),
    };
    answer.map_err(|errno| place.system(errno))?;
    if let (Some(seen), false) = (&seen, append) {
        check_sticky(place, dir, seen)?;
    }
    Ok(seen)
}

fn check_existing(place: &Place, dir: &OwnedFd, seen: &Stat) -> Result<(), Failure> {
    regular(place, seen)?;
    if seen.st_nlink > 1 && !only_ours(&fs::fstat(dir).map_err(|errno| place.system(errno))?) {
        return Err(place.fails("has several links in a directory that others can write"));
    }
    Ok(())
}

/// In a sticky directory only the owners may replace (unlink(2), EPERM).
fn check_sticky(place: &Place, dir: &OwnedFd, seen: &Stat) -> Result<(), Failure> {
    let parent = fs::fstat(dir).map_err(|errno| place.system(errno))?;
    let me = geteuid().as_raw();
    if parent.st_mode & 0o1000 != 0 && ![0, seen.st_uid, parent.st_uid].contains(&me) && me != 0 {
        return Err(place.system(Errno::PERM));
    }
    Ok(())
}

/// Creates or replaces a file: written without a name where the file system can, forced to disk, then named beside it and renamed, so that a crash leaves
/// the old or the new content. Only between the last two steps, or where a file needs a name from the start, it can also leave the new one
/// beside it, under a name that begins with `.reactant-`.
///
/// The new file is its own: mode, owner, extended attributes and access lists of the old one are not kept, nor are its other links.
pub(super) fn write(place: &Place, data: &[u8]) -> Result<(), Failure> {
    write_as(place, data, |_| Ok(()))
}

/// The same, for whom the file is to be: given once all is written, since writing takes some of that away again.
pub(super) fn write_as(
    place: &Place,
    data: &[u8],
    give: impl FnOnce(&File) -> Result<(), Failure>,
) -> Result<(), Failure> {
    let Some(dir) = &place.dir else { return Err(place.system(Errno::NOENT)) };
    check_write(place, false)?;
    let system = |errno| place.system(errno);
    let unnamed = OFlags::WRONLY | OFlags::TMPFILE | OFlags::CLOEXEC;
    let (mut named, file) = match fs::openat(dir, ".", unnamed, PRIVATE) {
        Ok(file) => (None, file),
        // Not every file system has such files.
        Err(_) => {
            let (name, file) =
                beside(|name| fs::openat(dir, name, NEW, PRIVATE)).map_err(system)?;
            (Some(name), file)
        }
    };
    let filled = || -> Result<(), Failure> {
        // The mode that creation gave was cut by the umask, or widened by a default access list.
        fs::fchmod(&file, PRIVATE).map_err(system)?;
        let mut file = File::from(file);
        file.write_all(data).map_err(|error| io(place, &error))?;
        give(&file)?;
        file.sync_all().map_err(|error| io(place, &error))?;
        let name = match &mut named {
            Some(name) => name,
            // By its path, as open(2) shows: by its descriptor alone takes a capability.
            none => {
                let open = format!("/proc/self/fd/{}", file.as_raw_fd());
                let link =
                    |name: &str| fs::linkat(fs::CWD, &open[..], dir, name, AtFlags::SYMLINK_FOLLOW);
                none.insert(beside(link).map_err(system)?.0)
            }
        };
        fs::renameat(dir, &name[..], dir, &place.name[..]).map_err(system)
    };
    let filled = filled();
    if let (Err(_), Some(name)) = (&filled, &named) {
        let _ = fs::unlinkat(dir, &name[..], AtFlags::empty());
    }
    filled
}

const NEW: OFlags = OFlags::WRONLY
    .union(OFlags::CREATE)
    .union(OFlags::EXCL)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// Makes something under a name that was free.
fn beside<T>(mut make: impl FnMut(&str) -> Result<T, Errno>) -> Result<(String, T), Errno> {
    // The run's seed is no secret, and all names that derive from it could be taken.
    let seed = RandomState::new().hash_one(0);
    let mut tries = 0..TRIES;
    loop {
        let name = format!(".reactant-{}", random_name(seed, tries.next().unwrap_or(TRIES)));
        match make(&name) {
            Ok(made) => return Ok((name, made)),
            Err(Errno::EXIST) if !tries.is_empty() => {}
            Err(errno) => return Err(errno),
        }
    }
}

/// Appends in one write, so that lines of several writers do not mix.
pub(super) fn append(place: &Place, data: &[u8]) -> Result<(), Failure> {
    let Some(dir) = &place.dir else { return Err(place.system(Errno::NOENT)) };
    let mut tries = 0..TRIES;
    let file = loop {
        if let Some(seen) = check_write(place, true)? {
            match open_regular(place, &seen, OFlags::WRONLY | OFlags::APPEND) {
                // Removed meanwhile: it is created anew.
                Err(gone) if gone == place.system(Errno::NOENT) && !tries.is_empty() => {}
                Err(failure) => return Err(failure),
                Ok(file) => {
                    let opened = fs::fstat(&file).map_err(|errno| place.system(errno))?;
                    check_existing(place, dir, &opened)?;
                    break file;
                }
            }
        } else {
            let flags = OFlags::WRONLY
                | OFlags::APPEND
                | OFlags::CREATE
                | OFlags::EXCL
                | OFlags::NOFOLLOW
                | OFlags::CLOEXEC;
            match fs::openat(dir, &place.name[..], flags, PRIVATE) {
                Ok(file) => break file,
                Err(Errno::EXIST) if !tries.is_empty() => {}
                Err(errno) => return Err(place.system(errno)),
            }
        }
        tries.next();
    };
    let written = File::from(file).write(data).map_err(|error| io(place, &error))?;
    if written < data.len() {
        return Err(place.fails(format!("only {written} of {} bytes could be written", data.len())));
    }
    Ok(())
}

fn io(place: &Place, error: &std::io::Error) -> Failure {
    match Errno::from_io_error(error) {
        Some(errno) => place.system(errno),
        None => place.fails(error.to_string()),
    }
}

/// Ten letters and digits that derive from a seed.
pub(super) fn random_name(seed: u64, attempt: u64) -> String {
    const LETTERS: &[u8; 36] = b"abcdefghijklmnopqrstuvwxyz0123456789";
    let mut state = reactant_core::seed::mix(seed, attempt);
    (0..10)
        .map(|_| {
            let letter = char::from(LETTERS[(state % 36) as usize]);
            state /= 36;
            letter
        })
        .collect()
}
