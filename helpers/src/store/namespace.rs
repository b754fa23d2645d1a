//! One recipe's data: every rule of the store, under that recipe's own lock.

use std::{
    collections::BTreeMap,
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::{
    Backend, Quotas, StoreError,
    rows::{Head, HeadContent, NEVER, Rows},
    step::{Answer, Step, Totals},
};

/// What a key holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Content {
    /// Text.
    Text(String),
    /// A list, oldest member first.
    List(Vec<String>),
}

impl Content {
    /// The text, or the list as JSON text: what `DataGet` gives.
    #[must_use]
    pub fn into_text(self) -> String {
        match self {
            Content::Text(text) => text,
            Content::List(members) => json(&members),
        }
    }
}

/// Texts as a JSON array.
pub(crate) fn json(texts: &[String]) -> String {
    serde_json::Value::from(texts).to_string()
}

/// A namespace as it leaves one store and enters another.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Dump {
    /// The keys and what they hold.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub keys: BTreeMap<String, DumpEntry>,
    /// The default list.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub list: Vec<String>,
}

/// What a key of a [`Dump`] holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DumpEntry {
    /// The content.
    #[serde(flatten)]
    pub content: Content,
    /// When it will be absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expires: Option<Timestamp>,
}

/// A namespace's lock; `None` until the first use, and again after a write whose fate is unknown.
#[derive(Debug, Default)]
pub(super) struct Space(Option<Totals>);

/// A recipe's data at one time. Each method is one atomic step; several threads may hold the same namespace.
pub struct Namespace<'a> {
    pub(super) backend: &'a dyn Backend,
    pub(super) quotas: &'a Quotas,
    pub(super) rows: Rows,
    pub(super) space: Arc<Mutex<Space>>,
    pub(super) now: i128,
}

impl fmt::Debug for Namespace<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Namespace").field("rows", &self.rows).finish_non_exhaustive()
    }
}

/// Every method fails with a [`StoreError`] where the backend does; those that write, also where a quota would be passed, before anything is written.
#[allow(clippy::missing_errors_doc, reason = "said once, above")]
impl Namespace<'_> {
    /// What a key holds.
    pub fn get(&self, key: &str) -> Result<Option<Content>, StoreError> {
        self.step(|step| step.content(Some(key)))
    }

    /// Sets a key to a text, without a deadline.
    pub fn set(&self, key: &str, value: &str) -> Result<(), StoreError> {
        self.step(|step| step.set(key, value, NEVER))
    }

    /// Sets a key to a text that is absent after so many seconds.
    pub fn set_ttl(&self, key: &str, value: &str, seconds: u64) -> Result<(), StoreError> {
        let deadline = self.now.saturating_add(i128::from(seconds) * 1_000_000_000);
        if deadline > Timestamp::MAX.as_nanosecond() {
            return Err(StoreError::Deadline);
        }
        self.step(|step| step.set(key, value, deadline))
    }

    /// Removes a key, and says whether it was there.
    pub fn delete(&self, key: &str) -> Result<bool, StoreError> {
        self.step(|step| step.remove(Some(key)))
    }

    /// Whether a key is there.
    pub fn has_key(&self, key: &str) -> Result<bool, StoreError> {
        self.step(|step| Ok(step.head(Some(key))?.is_some()))
    }

    /// Whether some key holds this text, or a list with this member.
    pub fn has_value(&self, value: &str) -> Result<bool, StoreError> {
        self.step(|step| {
            let mut found = step.any_member(value)?;
            if !found {
                step.each_head(|_, head| {
                    found = matches!(head.content, HeadContent::Text(text) if text == value);
                    !found
                })?;
            }
            Ok(found)
        })
    }

    /// The keys, in the order of their UTF-8 bytes. Fails where they are longer than may be given at once.
    pub fn keys(&self) -> Result<Vec<String>, StoreError> {
        self.step(|step| {
            let mut keys = Answer::within(step.quotas.answer);
            step.each_head(|key, _| keys.push(key.to_owned()))?;
            keys.finish()
        })
    }

    /// The texts and the lists' members, in the order of their keys. Fails where they are longer than may be given at once.
    pub fn values(&self) -> Result<Vec<String>, StoreError> {
        self.step(|step| {
            let mut texts = Answer::within(step.quotas.answer);
            // Where each list comes between the texts; its members are read once the scan is over.
            let mut lists = Vec::new();
            step.each_head(|key, head| match head.content {
                HeadContent::Text(text) => texts.push(text),
                HeadContent::List { len, size } => {
                    lists.push((texts.texts.len(), key.to_owned(), len));
                    texts.add(size)
                }
            })?;
            let mut texts = texts.finish()?.into_iter();
            let (mut values, mut taken) = (Vec::new(), 0);
            for (at, key, len) in lists {
                values.extend(texts.by_ref().take(at - taken));
                taken = at;
                values.extend(step.members(Some(&key), len)?);
            }
            values.extend(texts);
            Ok(values)
        })
    }

    /// How many keys there are. It takes the same time however many that is (and removes what has expired since the last step).
    pub fn size(&self) -> Result<u64, StoreError> {
        self.step(|step| Ok(step.totals.keys))
    }

    /// Whether it holds nothing at all, the default list included.
    pub fn is_vacant(&self) -> Result<bool, StoreError> {
        self.step(|step| Ok(step.totals.keys == 0 && step.head(None)?.is_none()))
    }

    /// Removes everything, the default list included.
    pub fn clear(&self) -> Result<(), StoreError> {
        self.step(|step| step.clear())
    }

    /// Appends a member to a list (`None`: the default one), which begins with its first. The key's deadline stays.
    pub fn push(&self, key: Option<&str>, value: &str) -> Result<(), StoreError> {
        self.step(|step| step.push(key, value))
    }

    /// Takes the last member of a list; the list is gone with its last.
    pub fn pop(&self, key: Option<&str>) -> Result<Option<String>, StoreError> {
        self.step(|step| step.pop(key))
    }

    /// Adds to a whole number (0 where the key is absent) and gives the sum. The key's deadline stays.
    pub fn incr(&self, key: &str, by: i64) -> Result<i64, StoreError> {
        self.step(|step| {
            let (old, deadline) = match step.head(Some(key))? {
                None => (0, NEVER),
                Some(Head { content: HeadContent::List { .. }, .. }) => {
                    return Err(StoreError::HoldsList(key.to_owned()));
                }
                Some(Head { content: HeadContent::Text(text), deadline }) => {
                    let old: i64 =
                        text.parse().map_err(|_| StoreError::NoInteger(key.to_owned()))?;
                    (old, deadline)
                }
            };
            let sum = old.checked_add(by).ok_or_else(|| StoreError::Overflow(key.to_owned()))?;
            step.set(key, &sum.to_string(), deadline)?;
            Ok(sum)
        })
    }

    /// Sets a key, without a deadline, if it holds the expected text, and says whether it did. `""` stands for an absent key: expected, it
    /// does not fit an empty text that somebody set; as the value, it removes the key, so that a lock can be given back.
    pub fn cas(&self, key: &str, expected: &str, value: &str) -> Result<bool, StoreError> {
        self.step(|step| {
            let equal = match step.head(Some(key))? {
                None => expected.is_empty(),
                Some(Head { content: HeadContent::Text(text), .. }) => {
                    !expected.is_empty() && text == expected
                }
                Some(_) => return Err(StoreError::HoldsList(key.to_owned())),
            };
            match (equal, value) {
                (true, "") => drop(step.remove(Some(key))?),
                (true, value) => step.set(key, value, NEVER)?,
                (false, _) => {}
            }
            Ok(equal)
        })
    }

    /// Everything in it.
    pub fn export(&self) -> Result<Dump, StoreError> {
        self.step(|step| {
            let mut dump = Dump::default();
            for (key, head) in step.heads()? {
                let expires = (head.deadline != NEVER)
                    .then(|| Timestamp::from_nanosecond(head.deadline).ok())
                    .flatten();
                let content = match head.content {
                    HeadContent::Text(text) => Content::Text(text),
                    HeadContent::List { len, .. } => Content::List(step.members(Some(&key), len)?),
                };
                dump.keys.insert(key, DumpEntry { content, expires });
            }
            if let Some(Content::List(members)) = step.content(None)? {
                dump.list = members;
            }
            Ok(dump)
        })
    }

    /// Puts all of a dump in, or nothing of it; a key that is there already is replaced, and so is the default list where the dump has one.
    pub fn import(&self, dump: &Dump) -> Result<(), StoreError> {
        self.step(|step| {
            for (key, entry) in &dump.keys {
                let deadline = entry.expires.map_or(NEVER, Timestamp::as_nanosecond);
                match &entry.content {
                    _ if deadline <= step.now => continue,
                    Content::Text(text) => step.set(key, text, deadline)?,
                    Content::List(members) => {
                        step.remove(Some(key))?;
                        step.extend(Some(key), members, deadline)?;
                    }
                }
            }
            if !dump.list.is_empty() {
                step.remove(None)?;
                step.extend(None, &dump.list, NEVER)?;
            }
            Ok(())
        })
    }

    fn step<T>(
        &self,
        act: impl FnOnce(&mut Step<'_>) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut space = self.space.lock().unwrap_or_else(PoisonError::into_inner);
        // Taken out: whatever goes wrong before the end makes the next step count anew.
        let mut totals = match space.0.take() {
            Some(totals) => totals,
            None => self.count()?,
        };
        let mut step = self.begin(&mut totals);
        step.expire()?;
        step.commit()?;
        let result = act(&mut step);
        match result {
            Ok(value) => {
                step.commit()?;
                space.0 = Some(totals);
                Ok(value)
            }
            Err(error) => {
                if step.pending.is_empty() {
                    space.0 = Some(totals);
                }
                Err(error)
            }
        }
    }

    fn begin<'a>(&'a self, totals: &'a mut Totals) -> Step<'a> {
        Step {
            backend: self.backend,
            quotas: self.quotas,
            rows: &self.rows,
            now: self.now,
            totals,
            pending: BTreeMap::new(),
        }
    }

    fn count(&self) -> Result<Totals, StoreError> {
        let clock = clock(self.backend, &self.rows)?;
        let mut totals = Totals { clock, ..Totals::default() };
        self.begin(&mut Totals::default()).each_head(|key, head| {
            totals.keys += 1;
            totals.bytes += key.len() as u64 + head.held();
            if head.deadline != NEVER {
                totals.expiry.insert((head.deadline, key.to_owned()));
            }
            true
        })?;
        if let Some(own) = self.begin(&mut Totals::default()).head(None)? {
            totals.bytes += own.held();
        }
        Ok(totals)
    }
}

/// The newest time at which something was written to a namespace in which some key has a deadline.
pub(super) fn clock(backend: &dyn Backend, rows: &Rows) -> Result<Option<i128>, StoreError> {
    let Some(row) = backend.get(&rows.clock())? else { return Ok(None) };
    row.try_into().map(i128::from_be_bytes).map(Some).map_err(|_| StoreError::Damaged)
}
