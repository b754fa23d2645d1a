//! The folder that outlives a run: the data store, the journal and the blocks lie in it (`cli.md`), and one process at a time acts on it.

use std::{
    fs::{self, DirBuilder, File, OpenOptions, TryLockError},
    io::{self, Read, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt},
    path::{Path, PathBuf},
};

use rustix::{fs::OFlags, process::geteuid};

/// A folder that no other process acts on while this is held.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    /// Locked by flock(2), so that it is free again however this process ends.
    _lock: File,
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
        let unusable = |error: io::Error| FolderError::Unusable {
            folder: path.to_owned(),
            reason: error.to_string(),
        };
        DirBuilder::new().recursive(true).mode(0o700).create(path).map_err(unusable)?;
        let about = fs::metadata(path).map_err(unusable)?;
        if about.mode() & 0o022 != 0 || ![0, geteuid().as_raw()].contains(&about.uid()) {
            return Err(FolderError::Open { folder: path.to_owned() });
        }
        let mut lock = private().read(true).open(path.join(LOCK)).map_err(unusable)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::Error(error)) => return Err(unusable(error)),
            Err(TryLockError::WouldBlock) => {
                let mut holder = String::new();
                // The number is for people; without it the text says less.
                let _ = lock.read_to_string(&mut holder);
                let holder = holder.trim().parse().ok();
                return Err(FolderError::InUse { folder: path.to_owned(), holder });
            }
        }
        lock.set_len(0)
            .and_then(|()| writeln!(lock, "{}", std::process::id()))
            .map_err(unusable)?;
        Ok(Folder { path: path.to_owned(), _lock: lock })
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }
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
        drop(held);
        Folder::hold(&path).unwrap();
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
    }
}
