//! Rows in a folder, kept by fjall.

use std::{fmt, fs::DirBuilder, os::unix::fs::DirBuilderExt, path::Path};

use fjall::{Database, Keyspace, KeyspaceCreateOptions, PersistMode};

use super::{Backend, Change, Durability, StoreError};

/// Rows in a folder, which one process at a time may open.
pub(super) struct Disk {
    database: Database,
    rows: Keyspace,
    persist: PersistMode,
}

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
        let persist = match durability {
            Durability::Process => PersistMode::Buffer,
            Durability::Disk => PersistMode::SyncData,
        };
        Ok(Disk { database, rows, persist })
    }
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
