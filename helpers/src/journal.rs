//! The journal of acts: what was to be done stands in it before it is done, and what came of it after.
//!
//! One JSON object a line, append-only, each with the SHA-256 of the line before it (`prev`; of the first line, zeros). Whoever changes, removes or
//! reorders lines breaks that chain, which [`verify`] finds. A cut end, or a journal that was written anew from its beginning, cannot be seen in the
//! journal itself: for that the hash of the last line is kept beside it, and can be kept elsewhere ([`head`]). Who can write to the folder can write to
//! both, so only a head that is kept elsewhere tells of that.
//!
//! A line is with the operating system before the act that it announces begins, and with the disk a configured time later, or at once before the
//! machine is stopped. A process that dies leaves at most a torn last line and an intent without an outcome: the next one that opens the journal cuts the
//! first and writes down both.
//!
//! | `type` | further fields |
//! |---|---|
//! | `start` | `command`, `version`, `pid`, `boot_id` of who writes from here on |
//! | `crash` | found at the start: `unfinished` intents, whose outcome nobody knows; `torn`, the incomplete line that was cut; `lost`, how many lines the head knows more; `broken`, the first line that does not follow the one before it; `headless`, where no head could be read |
//! | `intent` | `recipe`, `reaction`, `uuid` of the event, `helper`, the `kind` of budget that it uses up, `at` on the run's clock, `args`; a text of more than 256 bytes is `{"length", "sha256", "prefix"}` |
//! | `refused` | an act that was refused before it was announced: `recipe`, `reaction`, `uuid`, `helper`, `at`, `args` as the script gave them, cut at 256 bytes each, and `why`; 100 of a recipe a minute |
//! | `left_out` | how many more `refusals` of a `recipe` there were, told with the next that is written, or at the end |
//! | `tripped` | `recipe` only simulates from here on: it asked for more `kind` than its `limit` a minute, or than that of all recipes (`total`) |
//! | `reset` | `recipes` that may act again; `by` whom (`uid`, `pid`) |
//! | `outcome` | `of` which intent, `result` (`done`, `already`, `failed`), `note`: what was already so, why it failed, or the name that was chosen; `replaced`, where that is configured: the resolved `path` of a file that was written, the SHA-256 of what was `written`, and what was there `before`; `ended`, the leases on a block that were ended |
//!
//! What an operator asks for is an act too: its `recipe` is `""`, its `helper` the command (`blocks add`), and `by` in its `args` who asked. An undo is under
//! the recipe and event of what it undoes, with the helper `audit undo` and the `line` of the intent.

mod disk;
mod entry;
mod kept;
mod scan;
mod selection;
mod sync;
mod writer;

use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use reactant_core::helper::Failure;

use crate::{budget::Kind, folder::Folder};
#[cfg(test)]
pub(crate) use disk::DiskCall;
pub use entry::{Before, By, Came, Ended, Entry, Hash, Head, Line, Record, Replaced};
pub(crate) use entry::{counts, text};
pub use kept::Kept;
pub use scan::{Lines, Problem, Verdict, head, lines, verify};
pub use selection::Selection;
use sync::Sync;
use writer::{Left, Writer};

/// The files in the folder.
const JOURNAL: &str = "journal";
const HEAD: &str = "head";

/// How a journal is kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// How long a line may be with the operating system only.
    pub sync: Duration,
}

impl Default for Options {
    /// 100 ms (`config.md`).
    fn default() -> Self {
        Options { sync: Duration::from_millis(100) }
    }
}

/// What an earlier process left unfinished.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Crash {
    /// Intents whose outcome nobody knows, by their numbers.
    pub unfinished: Vec<u64>,
    /// Bytes of an incomplete last line, which were cut.
    pub torn: usize,
    /// How many lines the head knows that the journal has not, or not as they were.
    pub lost: u64,
    /// The first line that does not follow the one before it.
    pub broken: Option<u64>,
    /// There are lines, but no head that could be read: whether the end was cut is not known.
    pub headless: bool,
}

impl Crash {
    /// Whether there is nothing to tell.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        *self == Crash::default()
    }
}

/// An act that an earlier process did within the last minute, or may have done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Recent {
    pub(crate) recipe: String,
    pub(crate) kind: Kind,
    /// When it was announced, by this machine's clock.
    pub(crate) time: Timestamp,
}

/// A journal that is being written.
#[derive(Debug)]
pub struct Journal {
    folder: Folder,
    recent: Vec<Recent>,
    writer: Arc<Mutex<Writer>>,
    sync: Sync,
}

impl Journal {
    /// Opens the journal of a folder, or begins it, in the name of a command; gives what an earlier process left unfinished, which by then is in the journal.
    ///
    /// # Errors
    ///
    /// [`JournalError`] where it cannot be read or written.
    pub fn open(
        folder: Folder,
        command: &str,
        options: Options,
    ) -> Result<(Journal, Crash), JournalError> {
        let path = folder.path().join(JOURNAL);
        let error = |error: io::Error| JournalError::of(&path, &error);
        let (writer, crash) = Writer::open(folder.path()).map_err(error)?;
        Journal::begin(folder, command, options, writer, crash)
    }

    /// The same, while somebody watches what is asked of the disk.
    #[cfg(test)]
    pub(crate) fn watched(folder: Folder, options: Options, watcher: disk::Watcher) -> Journal {
        let (mut writer, crash) = Writer::open(folder.path()).unwrap();
        writer.watch(watcher);
        Journal::begin(folder, "test", options, writer, crash).unwrap().0
    }

    fn begin(
        folder: Folder,
        command: &str,
        options: Options,
        mut writer: Writer,
        crash: Left,
    ) -> Result<(Journal, Crash), JournalError> {
        let path = folder.path().join(JOURNAL);
        let error = |error: io::Error| JournalError::of(&path, &error);
        if !crash.found.is_empty() {
            writer.append(crash.entry()).map_err(error)?;
        }
        writer.append(Entry::start(command)).map_err(error)?;
        writer.disk().sync().map_err(error)?;
        // The names of the two files.
        File::open(folder.path()).and_then(|folder| folder.sync_all()).map_err(error)?;
        let disk = writer.disk().again().map_err(error)?;
        let sync = Sync::start(disk, options.sync).map_err(error)?;
        let recent = crash.recent;
        let journal = Journal { folder, recent, writer: Arc::new(Mutex::new(writer)), sync };
        Ok((journal, crash.found))
    }

    /// The folder, which this process holds as long as the journal.
    #[must_use]
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// What earlier processes did within the last minute, and nobody forgave.
    pub(crate) fn recent(&self) -> &[Recent] {
        &self.recent
    }

    /// The last line.
    #[must_use]
    pub fn head(&self) -> Head {
        self.writer().head()
    }

    /// Writes a line; gives its number.
    ///
    /// # Errors
    ///
    /// [`Failure`] where it could not be written, or an earlier one could not be forced to disk: then nothing more is done.
    pub fn write(&self, entry: Entry) -> Result<u64, Failure> {
        self.sync.check().map_err(|reason| refused(&reason))?;
        let number = self.writer().append(entry).map_err(|error| refused(&error.to_string()))?;
        self.sync.due();
        Ok(number)
    }

    /// Forces all lines to disk, at once.
    ///
    /// # Errors
    ///
    /// [`Failure`] where the disk refuses.
    pub fn sync(&self) -> Result<(), Failure> {
        self.sync.now().map_err(|reason| refused(&reason))
    }

    fn writer(&self) -> MutexGuard<'_, Writer> {
        self.writer.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn refused(reason: &str) -> Failure {
    Failure(format!("the journal cannot be written, and nothing is done without it: {reason}"))
}

/// A journal that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the journal `{}` cannot be used: {reason}", path.display())]
pub struct JournalError {
    path: PathBuf,
    reason: String,
    busy: bool,
}

impl JournalError {
    fn of(path: &Path, error: &io::Error) -> JournalError {
        let busy = error.kind() == io::ErrorKind::ResourceBusy;
        let reason = if busy { "another process writes it".to_owned() } else { error.to_string() };
        JournalError { path: path.to_owned(), reason, busy }
    }

    /// Whether another process writes it.
    #[must_use]
    pub fn is_busy(&self) -> bool {
        self.busy
    }
}

#[cfg(test)]
mod tests;
