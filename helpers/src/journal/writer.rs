//! Appending lines.

use std::{
    fs::{self, File},
    io,
    os::unix::fs::FileExt,
    path::Path,
};

use jiff::{SignedDuration, Timestamp};
use rustix::{
    fs::{FlockOperation, flock},
    io::Errno,
};
use serde_json::Value as Json;

use super::{
    Crash, HEAD, JOURNAL, Recent,
    disk::Disk,
    entry::{Entry, Hash, Head, Record, text},
    scan::Chain,
};
use crate::{budget::SPAN, folder::private};

/// As far back as budgets count. Further ahead, the clock was set back since, and nobody knows how long ago it was.
const MINUTE: SignedDuration = SignedDuration::from_secs(SPAN as i64);

/// The journal's file, and where it ends.
#[derive(Debug)]
pub(super) struct Writer {
    journal: Disk,
    length: u64,
    kept: File,
    head: Head,
    /// What could not be taken back makes every later line part of it.
    spoilt: bool,
}

/// What the last process left, as it is told and as it is written down.
pub(super) struct Left {
    pub(super) found: Crash,
    pub(super) recent: Vec<Recent>,
    torn: Option<Json>,
}

impl Left {
    pub(super) fn entry(&self) -> Entry {
        Entry::Crash {
            unfinished: self.found.unfinished.clone(),
            torn: self.torn.clone(),
            lost: (self.found.lost > 0).then_some(self.found.lost),
            broken: self.found.broken,
            headless: self.found.headless,
        }
    }
}

impl Writer {
    /// Opens the files, reads what is there, and cuts a torn last line.
    pub(super) fn open(folder: &Path) -> io::Result<(Writer, Left)> {
        let kept_file = private().open(folder.join(HEAD))?;
        // Whoever has the head writes: there is one writer, also where a dry run holds the folder.
        match flock(&kept_file, FlockOperation::NonBlockingLockExclusive) {
            Err(Errno::WOULDBLOCK) => return Err(io::ErrorKind::ResourceBusy.into()),
            other => other?,
        }
        let kept = fs::read_to_string(folder.join(HEAD)).ok();
        let mut journal = private().read(true).open(folder.join(JOURNAL))?;
        let now = Timestamp::now();
        let mut chain = Chain::default();
        chain.remember(now - MINUTE, now + MINUTE);
        let kept: Option<Head> = kept.and_then(|kept| kept.parse().ok());
        if let Some(kept) = kept {
            chain.look_for(kept.hash);
        }
        let torn = chain.read(&mut io::BufReader::new(&mut journal))?;
        let length = chain.length;
        let mut journal = Disk::new(journal);
        journal.cut(length)?;
        let missed = kept.filter(|kept| kept.line > 0 && !chain.seen.contains(&kept.hash));
        let found = Crash {
            unfinished: chain.open.iter().copied().collect(),
            torn: torn.as_ref().map_or(0, Vec::len),
            lost: missed.map_or(0, |kept| kept.line.saturating_sub(chain.head.line).max(1)),
            broken: chain.problems.first().map(|problem| problem.line),
            headless: kept.is_none() && length > 0,
        };
        let head = chain.head;
        let writer = Writer { journal, length, kept: kept_file, head, spoilt: false };
        let recent = chain.recent.into_values().collect();
        Ok((writer, Left { found, recent, torn: torn.map(|torn| text(&torn)) }))
    }

    pub(super) fn disk(&self) -> &Disk {
        &self.journal
    }

    #[cfg(test)]
    pub(super) fn watch(&mut self, watcher: super::disk::Watcher) {
        self.journal.watcher = Some(watcher);
    }

    pub(super) fn head(&self) -> Head {
        self.head
    }

    /// Appends a line, whole or not at all; gives its number.
    pub(super) fn append(&mut self, entry: Entry) -> io::Result<u64> {
        if self.spoilt {
            return Err(io::Error::other("an earlier line is torn"));
        }
        let (n, prev) = (self.head.line.saturating_add(1), self.head.hash);
        let line = Record { n, prev, time: Timestamp::now(), entry }.line();
        if let Err(error) = self.journal.write(&line) {
            self.spoilt = self.journal.cut(self.length).is_err();
            return Err(error);
        }
        self.length += line.len() as u64;
        self.head = Head { line: n, hash: Hash::of(&line[..line.len() - 1]) };
        // Behind by a line where this process dies here; the next one sets it right.
        self.kept.write_all_at(format!("{}\n", self.head).as_bytes(), 0)?;
        Ok(n)
    }
}
