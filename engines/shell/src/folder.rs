//! The folder of one invocation, as the host sees it: an empty directory that the script's own file system is mounted over; or, without namespaces,
//! what the script filled.

use std::{
    ffi::OsStr,
    fs::{self, File},
    io::{self, Write},
    os::fd::{AsFd, OwnedFd},
    path::{Path, PathBuf},
    sync::atomic::{AtomicU64, Ordering},
};

use rustix::{
    fs::{
        AtFlags, CWD, Dir, FileType, FlockOperation, Mode, OFlags, chmodat, flock, fstat, mkdirat,
        openat, renameat, statat, unlinkat,
    },
    io::Errno,
};

const OWN: Mode = Mode::RWXU;

/// Where folders are made, and what their names begin with.
const ALL: &str = "/tmp";
const PREFIX: &str = "reactant-shell-";

/// A directory of mode 0700 below `/tmp`; removed with all that is in it when it is dropped. It is locked as long as its runtime lives.
#[derive(Debug)]
pub(crate) struct Folder {
    path: PathBuf,
    _lock: OwnedFd,
}

impl Folder {
    /// Makes one that did not exist.
    ///
    /// # Errors
    ///
    /// What the system says.
    pub(crate) fn new() -> io::Result<Folder> {
        /// Only so that names differ.
        static COUNT: AtomicU64 = AtomicU64::new(0);
        let process = std::process::id();
        loop {
            let count = COUNT.fetch_add(1, Ordering::Relaxed);
            let path = PathBuf::from(format!("{ALL}/{PREFIX}{process}-{count}"));
            match mkdirat(CWD, &path, OWN) {
                Ok(()) => {
                    // Whatever the process masks.
                    let _ = chmodat(CWD, &path, OWN, AtFlags::empty());
                    // Another runtime that sweeps may have been between the two, and have taken it for a left one.
                    if let Some(folder) = Folder::claim(path)? {
                        return Ok(folder);
                    }
                }
                Err(Errno::EXIST) => {}
                Err(error) => return Err(error.into()),
            }
        }
    }

    /// Locks a directory of this user's; `None` where another holds it, or it is gone.
    fn claim(path: PathBuf) -> io::Result<Option<Folder>> {
        let lock = match open(CWD, &path) {
            Ok(lock) => lock,
            Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        let held = fstat(&lock)?;
        let there = statat(CWD, &path, AtFlags::SYMLINK_NOFOLLOW);
        let same = there.is_ok_and(|stat| (stat.st_dev, stat.st_ino) == (held.st_dev, held.st_ino));
        let own = held.st_uid == rustix::process::geteuid().as_raw();
        Ok((same && own).then_some(Folder { path, _lock: lock }))
    }

    /// The folders that runtimes which were killed have left, of this user's; they go when they are dropped.
    pub(crate) fn left() -> Vec<Folder> {
        let entries = fs::read_dir(ALL).into_iter().flatten().flatten();
        let named = entries.filter(|entry| {
            entry.file_name().to_str().is_some_and(|name| name.starts_with(PREFIX))
        });
        named.filter_map(|entry| Folder::claim(entry.path()).ok().flatten()).collect()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn name(&self) -> &str {
        self.path.file_name().and_then(OsStr::to_str).unwrap_or_default()
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        if unlinkat(CWD, &self.path, AtFlags::REMOVEDIR).is_err() {
            let _ = empty(&self.path);
            let _ = unlinkat(CWD, &self.path, AtFlags::REMOVEDIR);
        }
    }
}

/// Makes a directory in a folder and opens it.
pub(crate) fn make(folder: &OwnedFd, name: &str) -> io::Result<OwnedFd> {
    mkdirat(folder, name, OWN)?;
    chmodat(folder, name, OWN, AtFlags::empty())?;
    Ok(open(folder.as_fd(), name)?)
}

/// Writes a file that did not exist.
pub(crate) fn write(folder: &OwnedFd, name: &str, content: &[u8]) -> io::Result<()> {
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let file = openat(folder, name, flags, Mode::RUSR | Mode::WUSR)?;
    File::from(file).write_all(content)
}

fn open(at: impl AsFd, name: impl rustix::path::Arg) -> rustix::io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    openat(at, name, flags, Mode::empty())
}

/// Removes what is in a folder: never through a link, whatever the modes, and however deep, since what lies in a directory within is first moved
/// up. No process of the script's is left by now, so nothing changes meanwhile.
fn empty(path: &Path) -> io::Result<()> {
    let top = open(CWD, path)?;
    let mut moved = 0_u64;
    loop {
        let mut found = false;
        for entry in Dir::read_from(&top)? {
            let entry = entry?;
            let name = entry.file_name();
            if [b".".as_slice(), b".."].contains(&name.to_bytes()) {
                continue;
            }
            found = true;
            if !is_directory(&top, name)? {
                unlinkat(&top, name, AtFlags::empty())?;
                continue;
            }
            chmodat(&top, name, OWN, AtFlags::empty())?;
            let inner = open(&top, name)?;
            for entry in Dir::read_from(&inner)? {
                let entry = entry?;
                let name = entry.file_name();
                if [b".".as_slice(), b".."].contains(&name.to_bytes()) {
                    continue;
                }
                if is_directory(&inner, name)? {
                    // Moving a directory needs the right to write it.
                    chmodat(&inner, name, OWN, AtFlags::empty())?;
                    loop {
                        moved += 1;
                        match renameat(&inner, name, &top, format!("{moved}.moved")) {
                            // The script may have had the same idea of a name.
                            Err(Errno::EXIST | Errno::NOTEMPTY | Errno::NOTDIR) => {}
                            result => break result?,
                        }
                    }
                } else {
                    unlinkat(&inner, name, AtFlags::empty())?;
                }
            }
            unlinkat(&top, name, AtFlags::REMOVEDIR)?;
        }
        if !found {
            return Ok(());
        }
    }
}

fn is_directory(at: &OwnedFd, name: impl rustix::path::Arg) -> io::Result<bool> {
    let stat = statat(at, name, AtFlags::SYMLINK_NOFOLLOW)?;
    Ok(FileType::from_raw_mode(stat.st_mode) == FileType::Directory)
}

#[cfg(test)]
mod tests {
    use std::{fs, os::unix::fs::PermissionsExt};

    use super::*;

    #[test]
    fn a_folder_goes_with_all_that_is_in_it_and_nothing_else() {
        let outside = Folder::new().unwrap();
        fs::write(outside.path().join("kept"), "x").unwrap();
        let folder = Folder::new().unwrap();
        let path = folder.path().to_owned();
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o7777, 0o700);
        std::os::unix::fs::symlink(outside.path(), path.join("link")).unwrap();
        fs::create_dir(path.join("1.moved")).unwrap();
        fs::write(path.join("1.moved/x"), "x").unwrap();
        let mut deep = path.clone();
        for _ in 0..300 {
            deep.push("d");
            fs::create_dir(&deep).unwrap();
            fs::write(deep.join("file"), "x").unwrap();
            std::os::unix::fs::symlink("/", deep.join("link")).unwrap();
        }
        fs::set_permissions(path.join("d/d"), fs::Permissions::from_mode(0o000)).unwrap();
        drop(folder);
        assert!(!path.exists());
        assert!(outside.path().join("kept").exists());
    }

    #[test]
    fn what_a_killed_runtime_left_is_found_and_what_is_in_use_is_not() {
        let used = Folder::new().unwrap();
        // As after a kill: the directory stays, its lock goes.
        let left = PathBuf::from(format!("{ALL}/{PREFIX}left-{}", std::process::id()));
        let filled = PathBuf::from(format!("{ALL}/reactant-test-filled-{}", std::process::id()));
        fs::create_dir(&filled).unwrap();
        fs::write(filled.join("file"), "x").unwrap();
        // At once, so that no other runtime finds it half made.
        fs::rename(&filled, &left).unwrap();
        let link = PathBuf::from(format!("{ALL}/{PREFIX}link-{}", std::process::id()));
        std::os::unix::fs::symlink(used.path(), &link).unwrap();
        drop(Folder::left());
        assert!(!left.exists());
        assert!(used.path().exists() && link.exists());
        fs::remove_file(link).unwrap();
    }
}
