//! The folder that outlives a run: the data store, the journal and the blocks lie in it (`cli.md`), and one process at a time acts on it.

use std::{
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Read, Write},
    os::{
        fd::{AsFd, BorrowedFd, OwnedFd},
        unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    },
    path::{Path, PathBuf},
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use rustix::{
    fs::{FileType, FlockOperation, Mode, OFlags, flock, fstat, open, openat},
    io::Errno,
    process::geteuid,
};

/// A folder that no other process acts on while this, or a copy of it, is held.
#[derive(Debug, Clone)]
pub struct Folder {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    path: PathBuf,
    dir: OwnedFd,
    /// Locked by flock(2), so that it is free again however this process ends; `None` beside another process that holds the folder.
    _lock: Option<File>,
}

/// The file that is locked; it holds the pid of the last process that locked it.
const LOCK: &str = "lock";

impl Folder {
    /// Takes a folder, or makes it, for its owner only.
    ///
    /// # Errors
    ///
    /// [`FolderError`] while another process holds it, where it cannot be written, and where others could write to it.
    pub fn hold(path: &Path) -> Result<Folder, FolderError> {
        Folder::take(path, true)
    }

    /// Takes a folder as [`Folder::hold`] does, also one that others can write to: for what nobody has to trust.
    ///
    /// # Errors
    ///
    /// [`FolderError`] while another process holds it, and where it cannot be written.
    pub fn hold_any(path: &Path) -> Result<Folder, FolderError> {
        Folder::take(path, false)
    }

    /// Opens a folder that another process holds and does not act on, as a dry run does not: what is in it is taken file by file.
    ///
    /// # Errors
    ///
    /// [`FolderError`] where it is not there, and where others could write to it.
    pub fn beside(path: &Path) -> Result<Folder, FolderError> {
        let unusable = |error: io::Error| unusable(path, &error);
        let dir = open_dir(path).map_err(unusable)?;
        if !is_private(dir.as_fd()).map_err(unusable)? {
            return Err(FolderError::Open { folder: path.to_owned() });
        }
        Ok(Folder { inner: Arc::new(Inner { path: path.to_owned(), dir, _lock: None }) })
    }

    fn take(path: &Path, private: bool) -> Result<Folder, FolderError> {
        let unusable = |error: io::Error| unusable(path, &error);
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(unusable)?;
        let dir = open_dir(path).map_err(unusable)?;
        if private && !is_private(dir.as_fd()).map_err(unusable)? {
            return Err(FolderError::Open { folder: path.to_owned() });
        }
        // Opening what somebody put there in the file's place neither waits (a FIFO) nor leads away (a symlink).
        let flags =
            OFlags::RDWR | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let lock = openat(&dir, LOCK, flags, Mode::RUSR | Mode::WUSR)
            .map_err(|errno| unusable(named(LOCK, errno)))?;
        let kind = fstat(&lock).map_err(|errno| unusable(errno.into()))?.st_mode;
        if FileType::from_raw_mode(kind) != FileType::RegularFile {
            return Err(unusable(io::Error::other(format!("its `{LOCK}` is no regular file"))));
        }
        let mut lock = File::from(lock);
        match flock(&lock, FlockOperation::NonBlockingLockExclusive) {
            Ok(()) => {}
            Err(Errno::WOULDBLOCK) => {
                let mut holder = String::new();
                // The number is for people; without it the text says less.
                let _ = (&lock).take(16).read_to_string(&mut holder);
                let holder = holder.trim().parse().ok();
                return Err(FolderError::InUse { folder: path.to_owned(), holder });
            }
            Err(errno) => return Err(unusable(named(LOCK, errno))),
        }
        lock.set_len(0)
            .and_then(|()| writeln!(lock, "{}", std::process::id()))
            .map_err(unusable)?;
        Ok(Folder { inner: Arc::new(Inner { path: path.to_owned(), dir, _lock: Some(lock) }) })
    }

    /// Takes a folder in one of these two ways, and waits so long at most for whoever has it.
    ///
    /// # Errors
    ///
    /// As the way that is taken.
    pub fn within(
        patience: Duration,
        take: impl Fn() -> Result<Folder, FolderError>,
    ) -> Result<Folder, FolderError> {
        /// Between two looks.
        const PAUSE: Duration = Duration::from_millis(10);
        let deadline = Instant::now() + patience;
        loop {
            match take() {
                Err(FolderError::InUse { .. }) if Instant::now() < deadline => thread::sleep(PAUSE),
                held => return held,
            }
        }
    }

    /// The process that holds a folder, as the kernel's list of locks has it (`/proc/locks`); the folder is left as it is. `None` where nobody does, or the
    /// list cannot be read.
    #[must_use]
    pub fn holder(path: &Path) -> Option<u32> {
        let lock = path.join(LOCK).symlink_metadata().ok()?;
        let locks = fs::read_to_string("/proc/locks").ok()?;
        // `1: FLOCK  ADVISORY  WRITE 4242 fd:01:1234 0 EOF` (proc_locks(5)); waiting ones have `->` in second place.
        locks.lines().find_map(|line| {
            let mut words = line.split_whitespace().skip(1);
            let (kind, _, _) = (words.next()?, words.next()?, words.next()?);
            let (pid, file) = (words.next()?, words.next()?);
            let inode: u64 = file.rsplit(':').next()?.parse().ok()?;
            if kind == "FLOCK" && inode == lock.ino() { pid.parse().ok() } else { None }
        })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.inner.path
    }

    /// The directory, held open.
    pub(crate) fn dir(&self) -> BorrowedFd<'_> {
        self.inner.dir.as_fd()
    }

    /// Whether nobody but root and this process's user can write to it.
    pub(crate) fn is_private(&self) -> io::Result<bool> {
        is_private(self.dir())
    }
}

fn is_private(dir: BorrowedFd<'_>) -> io::Result<bool> {
    let about = fstat(dir)?;
    let owner = [0, geteuid().as_raw()].contains(&about.st_uid);
    Ok(owner && about.st_mode & 0o022 == 0)
}

pub(crate) fn open_dir(path: &Path) -> io::Result<OwnedFd> {
    let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::CLOEXEC;
    Ok(open(path, flags, Mode::empty())?)
}

fn unusable(path: &Path, error: &io::Error) -> FolderError {
    FolderError::Unusable { folder: path.to_owned(), reason: error.to_string() }
}

fn named(file: &str, errno: Errno) -> io::Error {
    io::Error::new(errno.kind(), format!("its `{file}`: {}", io::Error::from(errno)))
}

/// A file of the folder's, opened for writing or made, for its owner only; no link is followed.
pub(crate) fn private() -> OpenOptions {
    let mut options = OpenOptions::new();
    let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC;
    options.write(true).create(true).mode(0o600).custom_flags(flags.bits() as i32);
    options
}

/// Why a folder cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// Another process holds it.
    #[error("`{}` is in use by {}: end it first, or name another folder with `--data`", folder.display(), shown(*holder))]
    InUse {
        /// Which.
        folder: PathBuf,
        /// The other process, where it said so.
        holder: Option<u32>,
    },
    /// Others can write to it.
    #[error("others can write to `{}`, so that nothing in it could be trusted: name another folder with `--data`, or `chmod go-w` it", folder.display())]
    Open {
        /// Which.
        folder: PathBuf,
    },
    /// It cannot be made or written.
    #[error("`{}` cannot be written: {reason}; name another folder with `--data`", folder.display())]
    Unusable {
        /// Which.
        folder: PathBuf,
        /// Why.
        reason: String,
    },
}

fn shown(holder: Option<u32>) -> String {
    holder.map_or_else(|| "another process".to_owned(), |pid| format!("process {pid}"))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    #[test]
    fn one_holds_it_at_a_time() {
        let ground = tempfile::tempdir().unwrap();
        let path = ground.path().join("a/b");
        let held = Folder::hold(&path).unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o700);
        let refused = Folder::hold(&path).unwrap_err();
        assert_eq!(
            refused,
            FolderError::InUse { folder: path.clone(), holder: Some(std::process::id()) }
        );
        assert!(refused.to_string().contains(&format!("process {}", std::process::id())));
        assert_eq!(Folder::holder(&path), Some(std::process::id()));
        drop(held);
        assert_eq!(Folder::holder(&path), None);
        let held = Folder::hold(&path).unwrap();
        let copy = held.clone();
        drop(held);
        assert!(Folder::hold(&path).is_err(), "a copy holds it too");
        drop(copy);
        Folder::hold(&path).unwrap();
    }

    #[test]
    fn whoever_waits_gets_it_once_it_is_free() {
        let ground = tempfile::tempdir().unwrap();
        let held = Folder::hold(ground.path()).unwrap();
        thread::scope(|scope| {
            let take = || Folder::hold(ground.path());
            let waits = scope.spawn(move || Folder::within(Duration::from_secs(20), take).is_ok());
            thread::sleep(Duration::from_millis(30));
            drop(held);
            assert!(waits.join().unwrap());
        });
    }

    #[test]
    fn a_lock_that_is_no_file_is_refused_without_waiting() {
        let ground = tempfile::tempdir().unwrap();
        let lock = ground.path().join(LOCK);
        rustix::fs::mknodat(rustix::fs::CWD, &lock, FileType::Fifo, Mode::RWXU, 0).unwrap();
        let error = Folder::hold(ground.path()).unwrap_err();
        assert!(error.to_string().contains("no regular file"), "{error}");
    }

    #[test]
    fn what_others_can_write_is_refused() {
        let ground = tempfile::tempdir().unwrap();
        for mode in [0o777, 0o770, 0o707, 0o702, 0o720] {
            fs::set_permissions(ground.path(), fs::Permissions::from_mode(mode)).unwrap();
            let refused = Folder::hold(ground.path()).unwrap_err();
            assert_eq!(refused, FolderError::Open { folder: ground.path().to_owned() }, "{mode:o}");
        }
        fs::set_permissions(ground.path(), fs::Permissions::from_mode(0o755)).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", ground.path().join(LOCK)).unwrap();
        assert!(matches!(Folder::hold(ground.path()), Err(FolderError::Unusable { .. })));
        fs::remove_file(ground.path().join(LOCK)).unwrap();
        fs::set_permissions(ground.path(), fs::Permissions::from_mode(0o777)).unwrap();
        Folder::hold_any(ground.path()).unwrap();
    }
}
