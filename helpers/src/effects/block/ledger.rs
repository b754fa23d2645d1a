//! The leases on disk: a file that a change is appended to before it is acknowledged, one JSON object a line.
//!
//! The first line says which boot the clock of the others belongs to, and whether the blocks go when the runtime ends. Each further line holds one
//! block and all its leases from then on, so that the last line of a block counts. At the first start of a boot, and when most of it is outdated, the
//! file is written anew and takes the old one's place at once.

use std::{
    borrow::Cow,
    fs::{File, OpenOptions, remove_file, rename},
    io::{self, BufRead, BufReader, Seek, SeekFrom, Write},
    os::unix::fs::OpenOptionsExt,
    path::{Path, PathBuf},
};

use jiff::{SignedDuration, Timestamp};
use rustix::fs::{FlockOperation, flock};
use serde::{Deserialize, Serialize};

use super::backend::Boot;
use crate::{
    block::{parse_domain, parse_net},
    effects::{Blockable, Holder, Holders, Leases},
    store::Durability,
};

/// Lines beyond twice as many as there are blocks, after which the file is written anew.
const OUTDATED: usize = 4096;

/// The open file. One process at a time has it.
#[derive(Debug)]
pub(super) struct Ledger {
    path: PathBuf,
    file: File,
    head: Head,
    durability: Durability,
    lines: usize,
    /// Where the last whole line ends: an append that failed in its middle is cut off before the next.
    length: u64,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Head {
    boot_id: String,
    /// The blocks go when the runtime ends, and so they do at the next start after one that ended otherwise.
    remove_on_exit: bool,
}

#[derive(Debug, Serialize, Deserialize)]
struct Line<'a> {
    #[serde(borrow)]
    block: Cow<'a, str>,
    #[serde(borrow)]
    leases: Vec<Lease<'a>>,
}

#[derive(Debug, Serialize, Deserialize)]
struct Lease<'a> {
    #[serde(borrow)]
    recipe: Cow<'a, str>,
    #[serde(borrow)]
    event: Cow<'a, str>,
    /// When it ends, as people and another boot read it (RFC 3339).
    #[serde(borrow, skip_serializing_if = "Option::is_none", default)]
    until: Option<Cow<'a, str>>,
    /// The same by the clock of this boot, in nanoseconds, which nobody can set.
    #[serde(skip_serializing_if = "Option::is_none", default)]
    boot: Option<u64>,
}

/// What was found at a start.
#[derive(Debug, Default)]
pub(super) struct Found {
    pub(super) leases: Leases<Boot>,
    /// Lines that could not be read; the last one is torn where a crash cut it.
    pub(super) unreadable: usize,
    head: Option<Head>,
    lines: usize,
    /// All of it could be read, up to the end of its last line.
    is_whole: bool,
}

impl Ledger {
    /// Opens the file, or makes it, takes it for this process, and gives the leases that still hold.
    ///
    /// # Errors
    ///
    /// [`io::ErrorKind::ResourceBusy`] while another process has it open, and what the system answers.
    pub(super) fn open(
        path: &Path,
        durability: Durability,
        remove_on_exit: bool,
    ) -> io::Result<(Ledger, Found)> {
        let mut file = open(path)?;
        // The lock is the file's that a rewriting replaces: it is held when the path still leads to it.
        while !is_at(&file, path)? {
            file = open(path)?;
        }
        let head = Head { boot_id: boot_id()?, remove_on_exit };
        let found = read(&file, &head.boot_id)?;
        let (lines, length) = (found.lines, file.seek(SeekFrom::End(0))?);
        let mut ledger = Ledger { path: path.to_owned(), file, head, durability, lines, length };
        let outdated = ledger.lines > found.leases.blocks() * 2 + OUTDATED;
        if outdated || !found.is_whole || found.head.as_ref() != Some(&ledger.head) {
            ledger.rewrite(&found.leases)?;
        }
        Ok((ledger, found))
    }

    /// Notes the leases that there are on some blocks from now on.
    pub(super) fn note<'a>(
        &mut self,
        whats: impl Iterator<Item = &'a Blockable>,
        leases: &Leases<Boot>,
    ) -> io::Result<()> {
        let (mut bytes, mut lines, now) = (Vec::new(), 0, Now::read());
        for what in whats {
            line(&mut bytes, what, leases.of(what), now)?;
            lines += 1;
        }
        if lines == 0 {
            return Ok(());
        }
        let written = self.append(&bytes);
        if written.is_err() {
            // Whatever of the lines is there would spoil the next.
            self.file.set_len(self.length)?;
            self.file.seek(SeekFrom::Start(self.length))?;
            return written;
        }
        self.length += bytes.len() as u64;
        self.lines += lines;
        if self.lines > leases.blocks() * 2 + OUTDATED && self.rewrite(leases).is_err() {
            // Not the caller's failure: the lines are written. It is tried again when as much more is outdated, not each time.
            self.lines = leases.blocks();
        }
        Ok(())
    }

    fn append(&mut self, line: &[u8]) -> io::Result<()> {
        self.file.write_all(line)?;
        match self.durability {
            Durability::Process => Ok(()),
            Durability::Disk => self.file.sync_data(),
        }
    }

    /// Writes the file anew with what holds.
    ///
    /// # Errors
    ///
    /// What the system answers. Nothing of a new file that did not take the place of the old one is left, which could fill the disk.
    pub(super) fn rewrite(&mut self, leases: &Leases<Boot>) -> io::Result<()> {
        let mut bytes = serde_json::to_vec(&self.head)?;
        bytes.push(b'\n');
        let (now, mut lines) = (Now::read(), 0);
        for (what, holders) in leases.iter() {
            line(&mut bytes, what, Some(holders), now)?;
            lines += 1;
        }
        let new = self.path.with_extension("new");
        let file = replace(&self.path, &new, &bytes).inspect_err(|_| {
            let _ = remove_file(&new);
        })?;
        (self.file, self.lines, self.length) = (file, lines, bytes.len() as u64);
        // What is appended from now on is lost with the power where the name is.
        let folder = self.path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }
}

impl Drop for Ledger {
    /// Lets go at once: a process that is just being started elsewhere in this one may hold the descriptor a little longer.
    fn drop(&mut self) {
        let _ = flock(&self.file, FlockOperation::Unlock);
    }
}

fn open(path: &Path) -> io::Result<File> {
    open_as(&mut OpenOptions::new(), path)
}

fn open_as(options: &mut OpenOptions, path: &Path) -> io::Result<File> {
    let file = options.read(true).write(true).create(true).mode(0o600).open(path)?;
    match flock(&file, FlockOperation::NonBlockingLockExclusive) {
        Err(rustix::io::Errno::AGAIN) => Err(io::ErrorKind::ResourceBusy.into()),
        other => other.map(|()| file).map_err(io::Error::from),
    }
}

/// Puts new content in a file's place, on disk before it has the name, and gives the new file.
fn replace(path: &Path, new: &Path, bytes: &[u8]) -> io::Result<File> {
    let mut file = open_as(OpenOptions::new().truncate(true), new)?;
    file.write_all(bytes)?;
    file.sync_data()?;
    rename(new, path)?;
    Ok(file)
}

fn is_at(file: &File, path: &Path) -> io::Result<bool> {
    use std::os::unix::fs::MetadataExt;
    let (held, there) = (file.metadata()?, path.metadata()?);
    Ok((held.dev(), held.ino()) == (there.dev(), there.ino()))
}

fn boot_id() -> io::Result<String> {
    Ok(std::fs::read_to_string("/proc/sys/kernel/random/boot_id")?.trim().to_owned())
}

/// One moment by both clocks.
#[derive(Debug, Clone, Copy)]
struct Now {
    wall: Timestamp,
    boot: Boot,
}

impl Now {
    fn read() -> Now {
        Now { wall: Timestamp::now(), boot: Boot::now() }
    }

    fn wall(self, boot: Boot) -> Option<Timestamp> {
        let span = i128::from(boot.nanos()) - i128::from(self.boot.nanos());
        self.wall.checked_add(SignedDuration::from_nanos_i128(span)).ok()
    }

    /// `None` for what has passed.
    fn boot(self, wall: Timestamp) -> Option<Boot> {
        let left = wall.duration_since(self.wall);
        (left.is_positive()).then(|| self.boot.after(left.unsigned_abs()))
    }
}

fn line(
    bytes: &mut Vec<u8>,
    what: &Blockable,
    holders: Option<&Holders<Boot>>,
    now: Now,
) -> io::Result<()> {
    let lease = |(holder, until): (&'_ Holder, Option<Boot>)| Lease {
        recipe: Cow::Owned(holder.recipe.clone()),
        event: Cow::Owned(holder.event.clone()),
        until: until.and_then(|until| now.wall(until)).map(|until| Cow::Owned(until.to_string())),
        boot: until.map(Boot::nanos),
    };
    let leases = holders.into_iter().flat_map(Holders::iter).map(lease).collect();
    serde_json::to_writer(&mut *bytes, &Line { block: what.to_string().into(), leases })?;
    bytes.push(b'\n');
    Ok(())
}

/// What a file holds, also where it is another process's, and whether that is to go with the process.
pub(super) fn peek(path: &Path) -> io::Result<(Found, bool)> {
    let found = read_whole(&File::open(path)?, &boot_id()?)?;
    let to_go = found.head.as_ref().is_some_and(|head| head.remove_on_exit);
    Ok((found, to_go))
}

/// What of a file still holds at a start.
fn read(mut file: &File, boot_id: &str) -> io::Result<Found> {
    let mut first = Vec::new();
    BufReader::new(file).read_until(b'\n', &mut first)?;
    if serde_json::from_slice::<Head>(&first).is_ok_and(|head| head.remove_on_exit) {
        return Ok(Found::default());
    }
    file.seek(SeekFrom::Start(0))?;
    read_whole(file, boot_id)
}

fn read_whole(file: &File, boot_id: &str) -> io::Result<Found> {
    let mut found = Found { is_whole: true, ..Found::default() };
    let (mut file, mut text) = (BufReader::with_capacity(1 << 20, file), Vec::new());
    if file.read_until(b'\n', &mut text)? == 0 {
        return Ok(found);
    }
    // Without a head that says otherwise, the lines are of another boot, and stay.
    found.head = serde_json::from_slice(&text).ok();
    found.unreadable += usize::from(found.head.is_none());
    let same_boot = found.head.as_ref().is_some_and(|head| head.boot_id == boot_id);
    let now = Now::read();
    loop {
        found.is_whole &= text.ends_with(b"\n");
        text.clear();
        if file.read_until(b'\n', &mut text)? == 0 {
            break;
        }
        found.lines += 1;
        let line = serde_json::from_slice::<Line<'_>>(&text).ok();
        let Some((what, leases)) = line.and_then(|line| Some((parse(&line.block)?, line.leases)))
        else {
            found.unreadable += 1;
            continue;
        };
        match holders(leases, same_boot, now) {
            Some(holders) => found.leases.restore(&what, holders),
            None => found.unreadable += 1,
        }
    }
    found.is_whole &= found.unreadable == 0;
    Ok(found)
}

/// The leases of a line that still hold; `None` where a time in it cannot be read.
fn holders(leases: Vec<Lease<'_>>, same_boot: bool, now: Now) -> Option<Holders<Boot>> {
    let mut held = Vec::with_capacity(leases.len());
    for lease in leases {
        let until = match (lease.boot.filter(|_| same_boot), lease.until) {
            (Some(boot), _) => Some(Boot::from_nanos(boot)),
            (None, Some(until)) => match now.boot(until.parse().ok()?) {
                Some(until) => Some(until),
                None => continue,
            },
            // A deadline of another boot that no calendar has is one that was never reached.
            (None, None) => None,
        };
        if until.is_none_or(|until| until > now.boot) {
            held.push((Holder::new(lease.recipe, lease.event), until));
        }
    }
    Some(held.into_iter().collect())
}

fn parse(text: &str) -> Option<Blockable> {
    parse_net(text).map(Blockable::Net).or_else(|_| parse_domain(text).map(Blockable::Domain)).ok()
}

#[cfg(test)]
mod tests {
    use std::{fs, time::Duration};

    use super::*;

    fn net(text: &str) -> Blockable {
        Blockable::Net(text.parse().unwrap())
    }

    fn open(path: &Path) -> (Ledger, Found) {
        Ledger::open(path, Durability::Process, false).unwrap()
    }

    /// Adds as `Blocks` does.
    fn add(
        ledger: &mut Ledger,
        leases: &mut Leases<Boot>,
        what: &str,
        event: &str,
        until: Option<Boot>,
    ) {
        leases.add(&net(what), &Holder::new("r", event), until, Boot::now());
        ledger.note([net(what)].iter(), leases).unwrap();
    }

    #[test]
    fn leases_come_back_with_their_ends() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blocks");
        let hour = Boot::now().after(Duration::from_secs(3600));
        let (mut ledger, Found { mut leases, unreadable, .. }) = open(&path);
        assert_eq!(unreadable, 0);
        add(&mut ledger, &mut leases, "10.0.0.0/8", "a", Some(hour));
        add(&mut ledger, &mut leases, "10.0.0.0/8", "b", None);
        add(&mut ledger, &mut leases, "2001:db8::1/128", "a", Some(Boot::now()));
        add(&mut ledger, &mut leases, "10.9.0.1/32", "a", Some(hour));
        leases.end(&net("10.9.0.1/32"), "r", Boot::now());
        ledger.note([net("10.9.0.1/32")].iter(), &leases).unwrap();
        drop(ledger);
        let (_held, Found { leases, .. }) = open(&path);
        let holders: Holders<Boot> =
            [(Holder::new("r", "a"), Some(hour)), (Holder::new("r", "b"), None)]
                .into_iter()
                .collect();
        assert_eq!(leases.iter().collect::<Vec<_>>(), [(&net("10.0.0.0/8"), &holders)]);
    }

    #[test]
    fn another_boot_goes_by_the_calendar() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blocks");
        let at = |seconds| Timestamp::now() + SignedDuration::from_secs(seconds);
        let line = |block: &str, until| {
            format!(
                r#"{{"block":"{block}","leases":[{{"recipe":"r","event":"e","until":"{until}","boot":1}}]}}"#
            )
        };
        let text = format!(
            "{}\n{}\n{}\n",
            r#"{"boot_id":"another","remove_on_exit":false}"#,
            line("192.0.2.1", at(-1)),
            line("192.0.2.2", at(3600))
        );
        fs::write(&path, text).unwrap();
        let (_held, Found { leases, .. }) = open(&path);
        let (what, holders) = leases.iter().next().unwrap();
        let left = holders.iter().next().unwrap().1.unwrap().since(Boot::now());
        assert_eq!((leases.len(), what), (1, &net("192.0.2.2/32")));
        assert!(left > Duration::from_secs(3500) && left <= Duration::from_secs(3600), "{left:?}");
    }

    #[test]
    fn a_torn_line_loses_itself_only() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blocks");
        let (mut ledger, Found { mut leases, .. }) = open(&path);
        for address in ["192.0.2.1/32", "192.0.2.2/32"] {
            add(&mut ledger, &mut leases, address, "a", None);
        }
        drop(ledger);
        let whole = fs::read(&path).unwrap();
        for cut in 0..=whole.len() {
            fs::write(&path, &whole[..cut]).unwrap();
            let (ledger, found) = open(&path);
            let lines = whole[..cut].iter().filter(|byte| **byte == b'\n').count();
            // A line without its end is whole but for that.
            assert!(found.leases.len() + 1 >= lines && found.leases.len() <= lines, "{cut}");
            drop(ledger);
            assert_eq!(open(&path).1.unreadable, 0, "written anew");
        }
    }

    #[test]
    fn what_was_to_go_is_gone_after_a_crash_too() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blocks");
        let (mut ledger, Found { mut leases, .. }) =
            Ledger::open(&path, Durability::Disk, true).unwrap();
        add(&mut ledger, &mut leases, "192.0.2.1/32", "a", None);
        drop(ledger);
        assert!(open(&path).1.leases.is_empty());
    }

    #[test]
    fn a_file_that_cannot_be_replaced_goes_on() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blocks");
        let (mut ledger, Found { mut leases, .. }) = open(&path);
        // Where a folder is, no file can take its place.
        fs::remove_file(&path).unwrap();
        fs::create_dir(&path).unwrap();
        for _ in 0..OUTDATED + 10 {
            add(&mut ledger, &mut leases, "192.0.2.1/32", "a", None);
        }
        assert!(ledger.lines < 20, "it is not tried with each line");
        let left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|at| at.unwrap().path()).collect();
        assert_eq!(left, [path]);
    }

    #[test]
    fn one_process_has_it_and_it_does_not_grow_for_ever() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("blocks");
        let (mut ledger, Found { mut leases, .. }) = open(&path);
        let busy = Ledger::open(&path, Durability::Process, false).unwrap_err();
        assert_eq!(busy.kind(), io::ErrorKind::ResourceBusy);
        for _ in 0..OUTDATED + 10 {
            add(&mut ledger, &mut leases, "192.0.2.1/32", "a", None);
        }
        assert!(ledger.lines < 20 && fs::read_to_string(&path).unwrap().lines().count() < 20);
        let busy = Ledger::open(&path, Durability::Process, false).unwrap_err();
        assert_eq!(busy.kind(), io::ErrorKind::ResourceBusy, "the new file is held too");
    }
}
