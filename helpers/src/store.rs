//! The data store: for each recipe a namespace of text and lists, durable and bounded.
//!
//! All rules (quotas, deadlines, lists, counts) stand once, in [`Namespace`], above a small [`Backend`] of ordered rows; [`Store::memory`] and
//! [`Store::open`] are two of these. Time is passed in: an entry whose deadline has come is absent from then on, and a clock that
//! goes back does not bring it back.

mod backend;
mod disk;
mod namespace;
mod rows;
mod step;

use std::{
    collections::{BTreeSet, HashMap},
    fmt,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;

pub use backend::{Backend, Change, Memory};
use namespace::Space;
pub(crate) use namespace::json;
pub use namespace::{Content, Dump, DumpEntry, Namespace};
use rows::Rows;

/// When a write is acknowledged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Durability {
    /// Once the operating system has it: it survives the death of the process.
    #[default]
    Process,
    /// Once the disk has it (`fdatasync`): it survives a loss of power.
    Disk,
}

/// What one recipe may keep.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Quotas {
    /// Bytes of a key.
    pub key: u64,
    /// Bytes of a text, or of a list as JSON text.
    pub value: u64,
    /// Keys.
    pub keys: u64,
    /// Bytes of all keys and values, the default list included; each member of a list counts 64 more, for its row.
    pub total: u64,
    /// Bytes of what is given at once, as JSON text: all keys, or all values.
    pub answer: u64,
}

impl Default for Quotas {
    /// 1 KiB, 1 MiB, 10,000 keys, 64 MiB (`helpers.md`); 16 MiB at once.
    fn default() -> Self {
        Quotas { key: 1 << 10, value: 1 << 20, keys: 10_000, total: 64 << 20, answer: 16 << 20 }
    }
}

/// Bytes of a namespace's name: a recipe's name fits many times.
const NAME: usize = 4096;

/// The namespaces of all recipes; shared by all threads.
#[derive(Clone)]
pub struct Store {
    inner: Arc<Inner>,
}

struct Inner {
    backend: Box<dyn Backend>,
    quotas: Quotas,
    spaces: Mutex<HashMap<String, Arc<Mutex<Space>>>>,
}

impl Store {
    /// A store in memory, gone with the process.
    #[must_use]
    pub fn memory() -> Store {
        Store::over(Memory::default(), Quotas::default())
    }

    /// Opens the store in a folder, or makes it.
    ///
    /// # Errors
    ///
    /// [`StoreError::InUse`] while another process has it open, [`StoreError::Open`] where the folder cannot be used or its files are damaged.
    pub fn open(folder: &Path, durability: Durability) -> Result<Store, StoreError> {
        Ok(Store::over(disk::Disk::open(folder, durability)?, Quotas::default()))
    }

    /// A store over another backend, or with other quotas. A key's quota above 60 KiB counts as 60 KiB.
    #[must_use]
    pub fn over(backend: impl Backend + 'static, mut quotas: Quotas) -> Store {
        // fjall takes rows of up to 64 KiB; the name and the number of a list's member come on top.
        quotas.key = quotas.key.min(60 << 10);
        Store {
            inner: Arc::new(Inner { backend: Box::new(backend), quotas, spaces: Mutex::default() }),
        }
    }

    /// What one recipe may keep here.
    pub(crate) fn quotas(&self) -> &Quotas {
        &self.inner.quotas
    }

    /// A recipe's namespace, as it stands at a time.
    ///
    /// # Errors
    ///
    /// [`StoreError::Name`] for a name that is longer than 4 KiB.
    pub fn namespace(&self, name: &str, now: Timestamp) -> Result<Namespace<'_>, StoreError> {
        if name.len() > NAME {
            return Err(StoreError::Name { bytes: name.len() });
        }
        let mut spaces = self.inner.spaces.lock().unwrap_or_else(PoisonError::into_inner);
        let space = match spaces.get(name) {
            Some(space) => Arc::clone(space),
            None => Arc::clone(spaces.entry(name.to_owned()).or_default()),
        };
        drop(spaces);
        Ok(Namespace {
            backend: &*self.inner.backend,
            quotas: &self.inner.quotas,
            rows: Rows::of(name),
            space,
            now: now.as_nanosecond(),
        })
    }

    /// A recipe's namespace, as it stands at the newest time at which it was written to. Whoever looks at a store from outside does not know by which
    /// clock the recipe lives: a recording's, or this machine's.
    ///
    /// # Errors
    ///
    /// As [`Store::namespace`], and where the time cannot be read.
    pub fn resting(&self, name: &str) -> Result<Namespace<'_>, StoreError> {
        let mut space = self.namespace(name, Timestamp::MIN)?;
        if let Some(clock) = namespace::clock(space.backend, &space.rows)? {
            space.now = clock;
        }
        Ok(space)
    }

    /// The names of all namespaces that hold something, in order.
    ///
    /// # Errors
    ///
    /// [`StoreError`] where the rows cannot be read.
    pub fn namespaces(&self, now: Timestamp) -> Result<Vec<String>, StoreError> {
        self.names(|name| self.namespace(name, now))
    }

    /// The names of all namespaces that hold something as they [rest](Store::resting), in order.
    ///
    /// # Errors
    ///
    /// As [`Store::namespaces`].
    pub fn resting_namespaces(&self) -> Result<Vec<String>, StoreError> {
        self.names(|name| self.resting(name))
    }

    fn names<'a>(
        &'a self,
        open: impl Fn(&str) -> Result<Namespace<'a>, StoreError>,
    ) -> Result<Vec<String>, StoreError> {
        let mut names = BTreeSet::new();
        let mut from = Vec::new();
        loop {
            let mut found = None;
            self.inner.backend.scan(&from, &mut |row, _| {
                found = Some(Rows::namespace(row).map(str::to_owned));
                false
            })?;
            match found {
                None => break,
                Some(None) => return Err(StoreError::Damaged),
                Some(Some(name)) => {
                    from = Rows::of(&name).end();
                    if !open(&name)?.is_vacant()? {
                        names.insert(name);
                    }
                }
            }
        }
        Ok(names.into_iter().collect())
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Store").field(&self.inner.backend).finish()
    }
}

/// Why the store refused. The texts reach scripts through `Errno()` and are stable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum StoreError {
    /// The key is too long.
    #[error("the key has {bytes} bytes, at most {limit} are allowed")]
    Key {
        /// Its length.
        bytes: u64,
        /// The quota.
        limit: u64,
    },
    /// The value is too long.
    #[error("the value would have {bytes} bytes, at most {limit} are allowed")]
    Value {
        /// Its length; a list's as JSON text.
        bytes: u64,
        /// The quota.
        limit: u64,
    },
    /// There are too many keys.
    #[error("the recipe holds {limit} keys already, no more are allowed")]
    Keys {
        /// The quota.
        limit: u64,
    },
    /// The namespace is full.
    #[error("the recipe's data would have {bytes} bytes, at most {limit} are allowed")]
    Total {
        /// What it would be.
        bytes: u64,
        /// The quota.
        limit: u64,
    },
    /// What was asked for is too long.
    #[error("the answer would have more than {limit} bytes: read the keys one by one")]
    Answer {
        /// The quota.
        limit: u64,
    },
    /// A push or pop on text.
    #[error("`{0}` holds text, not a list")]
    HoldsText(String),
    /// A count or an exchange on a list.
    #[error("`{0}` holds a list, not text")]
    HoldsList(String),
    /// A count on text that is no number.
    #[error("`{0}` holds no 64-bit integer")]
    NoInteger(String),
    /// A count past 64 bits.
    #[error("`{0}` would leave the range of 64-bit integers")]
    Overflow(String),
    /// A namespace's name is too long.
    #[error("a namespace's name has {bytes} bytes, at most 4096 are allowed")]
    Name {
        /// Its length.
        bytes: usize,
    },
    /// A deadline that no calendar has.
    #[error("the time to live ends after the last time that can be told")]
    Deadline,
    /// Another process holds the folder.
    #[error("the data store in `{}` is in use by another process: stop it, or give another folder with `--data`", folder.display())]
    InUse {
        /// Which.
        folder: PathBuf,
    },
    /// The folder cannot be used.
    #[error("the data store in `{}` cannot be opened: {reason}", folder.display())]
    Open {
        /// Which.
        folder: PathBuf,
        /// Why.
        reason: String,
    },
    /// A row that no store wrote.
    #[error("the data store holds a row that it did not write: its files are damaged")]
    Damaged,
    /// The backend failed.
    #[error("the data store failed: {0}")]
    Backend(String),
}

#[cfg(test)]
mod tests;
