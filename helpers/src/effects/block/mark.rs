//! Which data folder something in the kernel belongs to, and whether a runtime acts on it.
//!
//! Whatever a runtime puts into the kernel has the mark of its data folder in its name. Beside it stands a record, a file that ends with the boot as the
//! kernel's tables do: it says where the folder is, and is locked while the runtime lives, however its folder is renamed or mounted over meanwhile.
//! What nobody holds and whose folder is no longer where it was is an orphan, which the next start of any runtime sweeps. A record of another mount
//! namespace, as of a container, is not seen, and neither is its folder: what it stands for is left alone.

use std::{
    fmt,
    fs::{File, OpenOptions, read_dir, remove_file},
    io::{self, Read},
    os::unix::{
        ffi::{OsStrExt, OsStringExt},
        fs::{FileExt, MetadataExt, OpenOptionsExt},
    },
    path::{Path, PathBuf},
};

use rustix::{
    fs::{AtFlags, CWD, FlockOperation, OFlags, StatxFlags, flock, stat, statx},
    io::Errno,
};
use sha2::{Digest, Sha256};

use super::namespaces;

/// The mark of a data folder: it goes with the folder when that is renamed, and neither a copy nor a folder that takes its place has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Mark(String);

/// Characters of a mark.
const LENGTH: usize = 16;

impl Mark {
    /// The mark of a folder that is there.
    pub(super) fn of(folder: &Path) -> io::Result<Mark> {
        let wanted = StatxFlags::BASIC_STATS | StatxFlags::BTIME;
        let at = statx(CWD, folder, AtFlags::empty(), wanted)?;
        let mut digest = Sha256::new();
        for number in [u64::from(at.stx_dev_major), u64::from(at.stx_dev_minor), at.stx_ino] {
            digest.update(number.to_le_bytes());
        }
        // A new folder gets the number of a removed one. Nothing is told where the file system keeps no time of birth.
        digest.update(at.stx_btime.tv_sec.to_le_bytes());
        digest.update(at.stx_btime.tv_nsec.to_le_bytes());
        Ok(Mark(digest.finalize().iter().take(LENGTH / 2).map(|b| format!("{b:02x}")).collect()))
    }

    fn parse(text: &str) -> Option<Mark> {
        let is = text.len() == LENGTH && text.bytes().all(|b| b"0123456789abcdef".contains(&b));
        is.then(|| Mark(text.to_owned()))
    }
}

impl fmt::Display for Mark {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// The record of a mark, held.
#[derive(Debug)]
pub(super) struct Record {
    pub(super) mark: Mark,
    path: PathBuf,
    file: File,
    /// The network namespace that an earlier holder was in, where there was one.
    earlier: Option<Network>,
}

/// A network namespace by its device and inode.
type Network = (u64, u64);

/// What a record says.
struct Said {
    network: Network,
    /// The blocks go with the runtime.
    goes: bool,
    folder: PathBuf,
}

impl Record {
    /// Takes the record of this process's data folder, or makes it.
    pub(super) fn take(
        records: &Path,
        name: &str,
        mark: &Mark,
        folder: &Path,
        goes: bool,
    ) -> io::Result<Record> {
        let path = records.join(format!("{name}-{mark}"));
        let mut options = OpenOptions::new();
        let flags = OFlags::NOFOLLOW | OFlags::CLOEXEC;
        options.read(true).write(true).create(true).truncate(false);
        options.mode(0o600).custom_flags(flags.bits().cast_signed());
        let file = loop {
            let file = options.open(&path)?;
            // Whoever sweeps has it for a moment, and may take it away.
            flock(&file, FlockOperation::LockExclusive)?;
            if is_at(&file, &path) {
                break file;
            }
        };
        let earlier = Said::read(&file)?.map(|said| said.network);
        let said = Said { network: network()?, goes, folder: folder.canonicalize()? };
        said.write(&file)?;
        Ok(Record { mark: mark.clone(), path, file, earlier })
    }

    /// The orphans among the records, each held.
    pub(super) fn orphans(records: &Path, name: &str, own: &Mark) -> impl Iterator<Item = Record> {
        let entries = read_dir(records).into_iter().flatten().flatten();
        let marked = move |path: &Path| {
            let mark = path.file_name()?.to_str()?.strip_prefix(name)?.strip_prefix('-')?;
            Mark::parse(mark)
        };
        entries.filter_map(move |entry| {
            let mark = marked(&entry.path()).filter(|mark| mark != own)?;
            Record::orphan(entry.path(), mark).ok().flatten()
        })
    }

    fn orphan(path: PathBuf, mark: Mark) -> io::Result<Option<Record>> {
        let flags = OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        let mut options = OpenOptions::new();
        options.read(true).write(true).custom_flags(flags.bits().cast_signed());
        let file = options.open(&path)?;
        match flock(&file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => return Ok(None),
            other => other?,
        }
        let mut held = Record { mark, path, file, earlier: None };
        if !is_at(&held.file, &held.path) {
            return Ok(None);
        }
        // Whoever wrote nothing did nothing either.
        let Some(said) = Said::read(&held.file)? else { return Ok(Some(held)) };
        let gone = match Mark::of(&said.folder) {
            Ok(there) => there != held.mark,
            Err(error) => {
                matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
            }
        };
        held.earlier = Some(said.network);
        Ok((gone || said.goes).then_some(held))
    }

    /// Whether the last holder was in another network namespace than this thread.
    pub(super) fn has_moved(&self) -> io::Result<bool> {
        let here = network()?;
        Ok(self.earlier.is_some_and(|network| network != here))
    }

    /// Does something in the network namespace of the last holder, where that still is.
    pub(super) fn there(&self, work: impl FnOnce() -> io::Result<()> + Send) -> io::Result<()> {
        if !self.has_moved()? {
            return work();
        }
        let is =
            |at: &File| at.metadata().is_ok_and(|at| Some((at.dev(), at.ino())) == self.earlier);
        let found = namespaces::others().find(is);
        found.map_or(Ok(()), |found| namespaces::inside(&found, work))
    }

    /// Takes the record away: nothing of its mark is left.
    pub(super) fn remove(&self) -> io::Result<()> {
        remove_file(&self.path)
    }
}

impl Drop for Record {
    /// Lets go at once: a process that is just being started elsewhere in this one may hold the descriptor a little longer.
    fn drop(&mut self) {
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

impl Said {
    /// `4:4026531840 stay /var/lib/reactant`, up to a NUL. A shorter one is written over a longer one: at no moment is there less than a whole one.
    fn write(&self, file: &File) -> io::Result<()> {
        let (device, inode) = self.network;
        let goes = if self.goes { "remove" } else { "stay" };
        let mut bytes = format!("{device}:{inode} {goes} ").into_bytes();
        bytes.extend(self.folder.as_os_str().as_bytes());
        bytes.push(0);
        file.write_all_at(&bytes, 0)?;
        file.set_len(bytes.len() as u64)
    }

    fn read(mut file: &File) -> io::Result<Option<Said>> {
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        Ok(Said::parse(&bytes))
    }

    fn parse(bytes: &[u8]) -> Option<Said> {
        let end = bytes.iter().position(|byte| *byte == 0)?;
        let mut parts = bytes[..end].splitn(3, |byte| *byte == b' ');
        let (network, goes) = (parts.next()?, parts.next()?);
        let (device, inode) = std::str::from_utf8(network).ok()?.split_once(':')?;
        Some(Said {
            network: (device.parse().ok()?, inode.parse().ok()?),
            goes: goes == b"remove",
            folder: std::ffi::OsString::from_vec(parts.next()?.to_vec()).into(),
        })
    }
}

fn is_at(file: &File, path: &Path) -> bool {
    let (Ok(held), Ok(there)) = (file.metadata(), path.symlink_metadata()) else { return false };
    (held.dev(), held.ino()) == (there.dev(), there.ino())
}

fn network() -> io::Result<Network> {
    let at = stat("/proc/thread-self/ns/net")?;
    Ok((at.st_dev, at.st_ino))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn take(records: &Path, folder: &Path, goes: bool) -> Record {
        Record::take(records, "test", &Mark::of(folder).unwrap(), folder, goes).unwrap()
    }

    /// The orphans that the runtime of a folder sees.
    fn orphans(records: &Path, folder: &Path) -> Vec<Mark> {
        Record::orphans(records, "test", &Mark::of(folder).unwrap())
            .map(|r| r.mark.clone())
            .collect()
    }

    #[test]
    fn a_mark_goes_with_its_folder_and_is_not_copied() {
        let ground = tempfile::tempdir().unwrap();
        let (a, b) = (ground.path().join("a"), ground.path().join("b"));
        fs::create_dir(&a).unwrap();
        let mark = Mark::of(&a).unwrap();
        fs::rename(&a, &b).unwrap();
        assert_eq!(Mark::of(&b).unwrap(), mark);
        fs::create_dir(&a).unwrap();
        assert_ne!(Mark::of(&a).unwrap(), mark);
        assert_eq!(Mark::parse(&mark.to_string()), Some(mark));
        assert_eq!(Mark::parse("../../../../etc/"), None);
    }

    #[test]
    fn what_a_living_runtime_holds_is_no_orphan_wherever_its_folder_is() {
        let ground = tempfile::tempdir().unwrap();
        let [a, b, own] = ["a", "b", "own"].map(|name| ground.path().join(name));
        let records = ground.path().join("records");
        [&a, &own, &records].iter().for_each(|folder| fs::create_dir(folder).unwrap());
        let living = take(&records, &a, true);
        fs::rename(&a, &b).unwrap();
        assert_eq!(orphans(&records, &own), []);
        fs::create_dir(&a).unwrap();
        assert_eq!(orphans(&records, &own), []);
        let mark = living.mark.clone();
        drop(living);
        assert_eq!(orphans(&records, &own), [mark]);
    }

    #[test]
    fn what_nobody_holds_stays_where_its_folder_is() {
        let ground = tempfile::tempdir().unwrap();
        let [stays, goes, own] = ["stays", "goes", "own"].map(|name| ground.path().join(name));
        let records = ground.path().join("records");
        [&stays, &goes, &own, &records].iter().for_each(|folder| fs::create_dir(folder).unwrap());
        let mark = take(&records, &stays, false).mark.clone();
        assert_eq!(orphans(&records, &own), []);
        // What was to go with its runtime goes, however that ended.
        let to_go = take(&records, &goes, true).mark.clone();
        assert_eq!(orphans(&records, &own), [to_go]);
        fs::remove_dir(&goes).unwrap();
        fs::remove_dir(&stays).unwrap();
        fs::write(records.join("test-none"), "x").unwrap();
        fs::write(records.join(format!("other-{mark}")), "x").unwrap();
        let found: Vec<Record> =
            Record::orphans(&records, "test", &Mark::of(&own).unwrap()).collect();
        assert_eq!(found.len(), 2);
        for orphan in &found {
            assert!(!orphan.has_moved().unwrap());
            orphan.remove().unwrap();
        }
        assert_eq!(orphans(&records, &own), []);
    }

    #[test]
    fn a_record_says_one_thing_at_each_moment() {
        let ground = tempfile::tempdir().unwrap();
        let file = ground.path().join("record");
        let open = || {
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false).open(&file).unwrap()
        };
        let mut folder = PathBuf::from("/a b\nc/\u{e4}".repeat(3));
        for goes in [true, false] {
            Said { network: (4, 5), goes, folder: folder.clone() }.write(&open()).unwrap();
            let said = Said::read(&open()).unwrap().unwrap();
            assert_eq!((said.network, said.goes, &said.folder), ((4, 5), goes, &folder));
            folder = "/short".into();
        }
        for torn in ["", "1:2 stay /x", "1 stay /x\0", "1:2 stay\0"] {
            assert!(Said::parse(torn.as_bytes()).is_none(), "{torn}");
        }
    }
}
