//! Rows in a folder, kept by fjall.

use std::{
    fmt,
    fs::{self, DirBuilder, File, OpenOptions},
    io::{self, Write},
    os::unix::fs::{DirBuilderExt, OpenOptionsExt},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::{Backend, Change, Durability, StoreError};

/// Rows in a folder, which one process at a time may open.
pub(super) struct Disk {
    database: Database,
    rows: Keyspace,
    persist: PersistMode,
    generation: Generation,
}

/// How many times the store was opened and written to, as a row in it and as a file beside it. What is read back from a journal ends where the journal
/// is damaged, which may be at its head: then the row is behind the file, and the store has lost what it acknowledged.
struct Generation {
    row: Keyspace,
    file: PathBuf,
    /// The number, until this process has written one more.
    last: Mutex<Option<u64>>,
}

const ROW: &str = "generation";

/// Memory for blocks read back from disk, in bytes; the store is small and read by key.
const CACHE: u64 = 8 << 20;

impl Disk {
    pub(super) fn open(folder: &Path, durability: Durability) -> Result<Disk, StoreError> {
        let error = |error: fjall::Error| match error {
            fjall::Error::Locked => StoreError::InUse { folder: folder.to_owned() },
            other => StoreError::Open { folder: folder.to_owned(), reason: reason(&other) },
        };
        // What recipes keep is evidence: a folder that is made here is for its owner only.
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|error| {
            StoreError::Open { folder: folder.to_owned(), reason: error.to_string() }
        })?;
        let database = Database::builder(folder)
            .cache_size(CACHE)
            .worker_threads(1)
            // Each commit names its own durability.
            .manual_journal_persist(true)
            .open()
            .map_err(error)?;
        let rows = database.keyspace("data", KeyspaceCreateOptions::default).map_err(error)?;
        let row = database.keyspace("state", KeyspaceCreateOptions::default).map_err(error)?;
        let last = match row.get(ROW).map_err(error)? {
            None => 0,
            Some(number) => number.as_ref().try_into().map_or(0, u64::from_be_bytes),
        };
        let file = folder.join("generation");
        let refused = |reason: String| StoreError::Open { folder: folder.to_owned(), reason };
        let noted = match fs::read_to_string(&file) {
            Ok(text) => text
                .trim()
                .parse()
                .map_err(|_| refused("its file `generation` is damaged".to_owned()))?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(refused(error.to_string())),
        };
        if last < noted {
            return Err(refused(
                "its journal is damaged, and what was written is lost: restore the folder from a backup, or remove it to begin anew"
                    .to_owned(),
            ));
        }
        let generation = Generation { row, file, last: Mutex::new(Some(last)) };
        let persist = match durability {
            Durability::Process => PersistMode::Buffer,
            Durability::Disk => PersistMode::SyncData,
        };
        Ok(Disk { database, rows, persist, generation })
    }
}

impl Disk {
    /// Before the first write of this process: one more generation, on disk in the store before it is in the file.
    fn begin(&self) -> Result<(), StoreError> {
        let mut last = self.generation.last.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(number) = *last else { return Ok(()) };
        let next = number.saturating_add(1);
        let mut batch = self.database.batch().durability(Some(PersistMode::SyncData));
        batch.insert(&self.generation.row, ROW, next.to_be_bytes());
        batch.commit().map_err(|error| failed(&error))?;
        note(&self.generation.file, next)
            .map_err(|error| StoreError::Backend(error.to_string()))?;
        *last = None;
        Ok(())
    }
}

/// Replaces the file by one that holds the number, on disk before it has the name.
fn note(file: &Path, number: u64) -> io::Result<()> {
    let new = file.with_extension("new");
    let mut written: File =
        OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    writeln!(written, "{number}")?;
    written.sync_data()?;
    fs::rename(&new, file)
}

fn failed(error: &fjall::Error) -> StoreError {
    match error {
        fjall::Error::Poisoned => StoreError::Backend(
            "an earlier write to disk failed: the store takes no more until the process is started anew"
                .to_owned(),
        ),
        other => StoreError::Backend(reason(other)),
    }
}

/// The library's own `Display` prints `Debug`; the innermost cause says more.
fn reason(error: &fjall::Error) -> String {
    match error {
        fjall::Error::Io(error) => error.to_string(),
        fjall::Error::InvalidVersion(_) => {
            "it was written by another version of the store".to_owned()
        }
        fjall::Error::Unrecoverable => "its files do not fit together".to_owned(),
        other => {
            let mut cause: &dyn std::error::Error = other;
            while let Some(inner) = cause.source() {
                cause = inner;
            }
            format!("its files are damaged ({cause})")
        }
    }
}

impl Backend for Disk {
    fn get(&self, row: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        let value = self.rows.get(row).map_err(|error| failed(&error))?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn scan(
        &self,
        from: &[u8],
        visit: &mut dyn FnMut(&[u8], &[u8]) -> bool,
    ) -> Result<(), StoreError> {
        for guard in self.rows.range(from..) {
            let (row, value) = guard.into_inner().map_err(|error| failed(&error))?;
            if !visit(&row, &value) {
                break;
            }
        }
        Ok(())
    }

    fn commit(&self, changes: Vec<Change>) -> Result<(), StoreError> {
        self.begin()?;
        let mut batch = self.database.batch().durability(Some(self.persist));
        for (row, value) in changes {
            match value {
                Some(value) => batch.insert(&self.rows, row, value),
                None => batch.remove(&self.rows, row),
            }
        }
        batch.commit().map_err(|error| failed(&error))
    }
}

impl fmt::Debug for Disk {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Disk").field("path", &self.rows.path()).finish_non_exhaustive()
    }
}
