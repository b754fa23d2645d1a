//! What files held before they were replaced, so that a write can be undone.
//!
//! Each content lies under its hash, once however often it was replaced. When there is no room for another one, those that were kept first go.

use std::{
    fs::{self, DirBuilder, Metadata},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use super::entry::Hash;
use crate::folder::private;

/// The folder below that of the journal.
const FOLDER: &str = "replaced";

/// Contents of replaced files.
#[derive(Debug)]
pub struct Kept {
    folder: PathBuf,
    limit: u64,
    /// One at a time makes room.
    room: Mutex<()>,
}

impl Kept {
    /// Opens the folder, or makes it, for so many bytes.
    ///
    /// # Errors
    ///
    /// Where it cannot be made.
    pub fn open(journal: &Path, limit: u64) -> io::Result<Kept> {
        let folder = journal.join(FOLDER);
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        Ok(Kept { folder, limit, room: Mutex::default() })
    }

    /// What an earlier run has kept; nothing is made, and no more is kept.
    #[must_use]
    pub fn existing(journal: &Path) -> Kept {
        Kept { folder: journal.join(FOLDER), limit: 0, room: Mutex::default() }
    }

    /// The most that one file may hold, in bytes.
    #[must_use]
    pub fn limit(&self) -> u64 {
        self.limit
    }

    /// Keeps a content; gives what it is asked for by.
    ///
    /// # Errors
    ///
    /// Where it is larger than all that may be kept, or cannot be written.
    pub fn keep(&self, content: &[u8]) -> io::Result<Hash> {
        let hash = Hash::of(content);
        let _room = self.room.lock().unwrap_or_else(PoisonError::into_inner);
        let file = self.folder.join(hash.to_string());
        if self.get(hash).is_ok() {
            // It counts as new.
            fs::File::open(&file)?.set_modified(std::time::SystemTime::now())?;
            return Ok(hash);
        }
        let needed = content.len() as u64;
        if needed > self.limit {
            return Err(io::Error::other("it is larger than all that is kept"));
        }
        self.make_room(self.limit - needed)?;
        let new = self.folder.join("new");
        let mut written = private().truncate(true).open(&new)?;
        written.write_all(content)?;
        written.sync_data()?;
        fs::rename(new, file)?;
        Ok(hash)
    }

    /// A content that was kept.
    ///
    /// # Errors
    ///
    /// Where it has gone, or is not what was kept.
    pub fn get(&self, hash: Hash) -> io::Result<Vec<u8>> {
        let content = fs::read(self.folder.join(hash.to_string()))?;
        if Hash::of(&content) == hash {
            Ok(content)
        } else {
            Err(io::Error::new(io::ErrorKind::InvalidData, "it is not what was kept"))
        }
    }

    /// Removes what was kept first until no more is left than this.
    fn make_room(&self, most: u64) -> io::Result<()> {
        let mut files: Vec<(PathBuf, Metadata)> = Vec::new();
        for file in fs::read_dir(&self.folder)? {
            let file = file?;
            files.push((file.path(), file.metadata()?));
        }
        files.sort_by_key(|(_, about)| (about.mtime(), about.mtime_nsec()));
        let mut held: u64 = files.iter().map(|(_, about)| about.len()).sum();
        for (path, about) in files {
            if held <= most {
                break;
            }
            fs::remove_file(path)?;
            held -= about.len();
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_kept_first_makes_room() {
        let ground = tempfile::tempdir().unwrap();
        let kept = Kept::open(ground.path(), 10).unwrap();
        let hashes =
            ["aaaa", "bbbb", "aaaa", "cccc"].map(|text| kept.keep(text.as_bytes()).unwrap());
        assert_eq!(kept.get(hashes[0]).unwrap(), b"aaaa");
        assert!(kept.get(hashes[1]).is_err());
        assert_eq!(kept.get(hashes[3]).unwrap(), b"cccc");
        assert!(kept.keep(b"more than ten").is_err());
        assert_eq!(kept.get(hashes[3]).unwrap(), b"cccc", "what is too large takes nobody's place");
        let held: u64 = fs::read_dir(ground.path().join(FOLDER))
            .unwrap()
            .map(|file| file.unwrap().metadata().unwrap().len())
            .sum();
        assert_eq!(held, 8);
    }

    #[test]
    fn what_was_changed_is_not_given() {
        let ground = tempfile::tempdir().unwrap();
        let kept = Kept::open(ground.path(), 10).unwrap();
        let hash = kept.keep(b"old").unwrap();
        fs::write(ground.path().join(FOLDER).join(hash.to_string()), "new").unwrap();
        assert!(kept.get(hash).is_err());
        assert_eq!(kept.keep(b"old").unwrap(), hash);
        assert_eq!(kept.get(hash).unwrap(), b"old", "it is kept anew");
    }
}
