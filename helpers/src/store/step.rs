//! One atomic step on a namespace: reading, checking quotas, and what will be written.

use std::collections::{BTreeMap, BTreeSet};

use super::{
    Backend, Content, Quotas, StoreError,
    rows::{Head, HeadContent, NEVER, Rows},
};

/// What is known of a namespace without reading it: made by one scan when it is first used, then kept.
#[derive(Debug, Default)]
pub(super) struct Totals {
    pub(super) keys: u64,
    pub(super) bytes: u64,
    pub(super) expiry: BTreeSet<(i128, String)>,
    /// The newest time that is stored.
    pub(super) clock: Option<i128>,
}

/// One atomic step: what it writes waits in `pending` until the end.
pub(super) struct Step<'a> {
    pub(super) backend: &'a dyn Backend,
    pub(super) quotas: &'a Quotas,
    pub(super) rows: &'a Rows,
    pub(super) now: i128,
    pub(super) totals: &'a mut Totals,
    pub(super) pending: BTreeMap<Vec<u8>, Option<Vec<u8>>>,
}

impl Step<'_> {
    pub(super) fn commit(&mut self) -> Result<(), StoreError> {
        if self.pending.is_empty() {
            return Ok(());
        }
        self.remember();
        let pending = std::mem::take(&mut self.pending);
        self.backend.commit(pending.into_iter().collect())
    }

    /// Keeps the newest time while it matters: what has no deadline needs no clock.
    fn remember(&mut self) {
        let newest = self.totals.clock.map_or(self.now, |clock| clock.max(self.now));
        let clock = (!self.totals.expiry.is_empty()).then_some(newest);
        if clock != self.totals.clock {
            self.totals.clock = clock;
            let row = clock.map(|clock| clock.to_be_bytes().to_vec());
            self.pending.insert(self.rows.clock(), row);
        }
    }

    fn row(&self, row: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
        match self.pending.get(row) {
            Some(value) => Ok(value.clone()),
            None => self.backend.get(row),
        }
    }

    pub(super) fn head(&self, key: Option<&str>) -> Result<Option<Head>, StoreError> {
        // A key beyond the quota can not have been stored, and may be longer than a row's key can be.
        if key.is_some_and(|key| key.len() as u64 > self.quotas.key) {
            return Ok(None);
        }
        let row = self.row(&self.rows.head(key))?;
        row.map(|row| Head::decode(&row).ok_or(StoreError::Damaged)).transpose()
    }

    /// Shows the keys with their heads, as committed, until `visit` gives false: all of them at once may be more than should lie in memory.
    pub(super) fn each_head(
        &self,
        mut visit: impl FnMut(&str, Head) -> bool,
    ) -> Result<(), StoreError> {
        let prefix = self.rows.keys();
        let mut damaged = false;
        self.backend.scan(&prefix, &mut |row, value| {
            let Some(key) = row.strip_prefix(&prefix[..]) else { return false };
            match (std::str::from_utf8(key), Head::decode(value)) {
                (Ok(key), Some(head)) => visit(key, head),
                _ => {
                    damaged = true;
                    false
                }
            }
        })?;
        if damaged { Err(StoreError::Damaged) } else { Ok(()) }
    }

    /// The keys with their heads, as committed.
    pub(super) fn heads(&self) -> Result<Vec<(String, Head)>, StoreError> {
        let mut heads = Vec::new();
        self.each_head(|key, head| {
            heads.push((key.to_owned(), head));
            true
        })?;
        Ok(heads)
    }

    /// Whether a key's list has such a member, as committed.
    pub(super) fn any_member(&self, value: &str) -> Result<bool, StoreError> {
        let prefix = self.rows.all_items();
        let mut found = false;
        self.backend.scan(&prefix, &mut |row, member| {
            found = row.starts_with(&prefix) && member == value.as_bytes();
            row.starts_with(&prefix) && !found
        })?;
        Ok(found)
    }

    /// The members of a list, as committed.
    pub(super) fn members(&self, key: Option<&str>, len: u64) -> Result<Vec<String>, StoreError> {
        let prefix = self.rows.items(key);
        let mut members = Vec::new();
        let mut damaged = false;
        self.backend.scan(&prefix, &mut |row, value| {
            if members.len() as u64 == len || !row.starts_with(&prefix) {
                return false;
            }
            match std::str::from_utf8(value) {
                Ok(member) => members.push(member.to_owned()),
                Err(_) => damaged = true,
            }
            !damaged
        })?;
        if damaged || members.len() as u64 != len {
            return Err(StoreError::Damaged);
        }
        Ok(members)
    }

    pub(super) fn content(&self, key: Option<&str>) -> Result<Option<Content>, StoreError> {
        Ok(match self.head(key)?.map(|head| head.content) {
            None => None,
            Some(HeadContent::Text(text)) => Some(Content::Text(text)),
            Some(HeadContent::List { len, .. }) => Some(Content::List(self.members(key, len)?)),
        })
    }

    pub(super) fn expire(&mut self) -> Result<(), StoreError> {
        while let Some(first) =
            self.totals.expiry.first().filter(|(at, _)| *at <= self.now).cloned()
        {
            self.totals.expiry.remove(&first);
            self.remove(Some(&first.1))?;
        }
        Ok(())
    }

    pub(super) fn set(&mut self, key: &str, value: &str, deadline: i128) -> Result<(), StoreError> {
        let old = self.head(Some(key))?;
        let new = Head { deadline, content: HeadContent::Text(value.to_owned()) };
        self.check(Some(key), old.as_ref(), &new)?;
        self.remove_members(Some(key), old.as_ref());
        self.put(Some(key), old, Some(new));
        Ok(())
    }

    pub(super) fn remove(&mut self, key: Option<&str>) -> Result<bool, StoreError> {
        let old = self.head(key)?;
        let there = old.is_some();
        self.remove_members(key, old.as_ref());
        self.put(key, old, None);
        Ok(there)
    }

    fn remove_members(&mut self, key: Option<&str>, head: Option<&Head>) {
        if let Some(Head { content: HeadContent::List { len, .. }, .. }) = head {
            for number in 0..*len {
                self.pending.insert(self.rows.item(key, number), None);
            }
        }
    }

    pub(super) fn clear(&mut self) -> Result<(), StoreError> {
        for (key, head) in self.heads()? {
            self.remove_members(Some(&key), Some(&head));
            self.put(Some(&key), Some(head), None);
        }
        self.remove(None)?;
        Ok(())
    }

    pub(super) fn push(&mut self, key: Option<&str>, value: &str) -> Result<(), StoreError> {
        let old = self.head(key)?;
        let (len, size, deadline) = match &old {
            None => (0, 1, NEVER),
            Some(Head { content: HeadContent::List { len, size }, deadline }) => {
                (*len, *size, *deadline)
            }
            Some(_) => return Err(StoreError::HoldsText(key.unwrap_or_default().to_owned())),
        };
        let content = HeadContent::List { len: len + 1, size: size + listed(value) };
        let new = Head { deadline, content };
        self.check(key, old.as_ref(), &new)?;
        self.pending.insert(self.rows.item(key, len), Some(value.as_bytes().to_vec()));
        self.put(key, old, Some(new));
        Ok(())
    }

    pub(super) fn extend(
        &mut self,
        key: Option<&str>,
        members: &[String],
        deadline: i128,
    ) -> Result<(), StoreError> {
        if members.is_empty() {
            return Ok(());
        }
        let size = 1 + members.iter().map(|member| listed(member)).sum::<u64>();
        let content = HeadContent::List { len: members.len() as u64, size };
        let new = Head { deadline, content };
        self.check(key, None, &new)?;
        for (number, member) in members.iter().enumerate() {
            let row = self.rows.item(key, number as u64);
            self.pending.insert(row, Some(member.as_bytes().to_vec()));
        }
        self.put(key, None, Some(new));
        Ok(())
    }

    pub(super) fn pop(&mut self, key: Option<&str>) -> Result<Option<String>, StoreError> {
        let Some(old) = self.head(key)? else { return Ok(None) };
        let HeadContent::List { len, size } = old.content else {
            return Err(StoreError::HoldsText(key.unwrap_or_default().to_owned()));
        };
        let last = len.checked_sub(1).ok_or(StoreError::Damaged)?;
        let row = self.rows.item(key, last);
        let bytes = self.row(&row)?.ok_or(StoreError::Damaged)?;
        let member = String::from_utf8(bytes).map_err(|_| StoreError::Damaged)?;
        let new = (last > 0).then(|| {
            let size = size.saturating_sub(listed(&member));
            Head { deadline: old.deadline, content: HeadContent::List { len: last, size } }
        });
        self.pending.insert(row, None);
        self.put(key, Some(old), new);
        Ok(Some(member))
    }

    fn check(&self, key: Option<&str>, old: Option<&Head>, new: &Head) -> Result<(), StoreError> {
        let quotas = self.quotas;
        let name = key.map_or(0, |key| key.len() as u64);
        if name > quotas.key {
            return Err(StoreError::Key { bytes: name, limit: quotas.key });
        }
        if new.size() > quotas.value {
            return Err(StoreError::Value { bytes: new.size(), limit: quotas.value });
        }
        if key.is_some() && old.is_none() && self.totals.keys >= quotas.keys {
            return Err(StoreError::Keys { limit: quotas.keys });
        }
        let before = old.map_or(0, |old| name + old.held());
        let bytes = self.totals.bytes.saturating_sub(before) + name + new.held();
        if bytes > quotas.total && bytes > self.totals.bytes {
            return Err(StoreError::Total { bytes, limit: quotas.total });
        }
        Ok(())
    }

    /// Writes a head and keeps the totals.
    fn put(&mut self, key: Option<&str>, old: Option<Head>, new: Option<Head>) {
        if old.is_none() && new.is_none() {
            return;
        }
        let name = key.map_or(0, |key| key.len() as u64);
        let totals = &mut *self.totals;
        if let Some(old) = &old {
            totals.bytes = totals.bytes.saturating_sub(name + old.held());
        }
        if let Some(new) = &new {
            totals.bytes += name + new.held();
        }
        if let Some(key) = key {
            totals.keys = totals.keys + u64::from(new.is_some()) - u64::from(old.is_some());
            if let Some(old) = old.filter(|old| old.deadline != NEVER) {
                totals.expiry.remove(&(old.deadline, key.to_owned()));
            }
            if let Some(new) = new.as_ref().filter(|new| new.deadline != NEVER) {
                totals.expiry.insert((new.deadline, key.to_owned()));
            }
        }
        self.pending.insert(self.rows.head(key), new.map(|new| new.encode()));
    }
}

/// Texts that are given at once, as long as there is room.
#[derive(Debug)]
pub(super) struct Answer {
    pub(super) texts: Vec<String>,
    bytes: u64,
    limit: u64,
}

impl Answer {
    pub(super) fn within(limit: u64) -> Answer {
        // The bracket before the first.
        Answer { texts: Vec::new(), bytes: 1, limit }
    }

    /// Counts what will be added later; false where there is no room for it.
    pub(super) fn add(&mut self, bytes: u64) -> bool {
        self.bytes = self.bytes.saturating_add(bytes);
        self.bytes <= self.limit
    }

    /// Adds a text; false where there is no room for it.
    pub(super) fn push(&mut self, text: String) -> bool {
        let room = self.add(listed(&text));
        if room {
            self.texts.push(text);
        }
        room
    }

    pub(super) fn finish(self) -> Result<Vec<String>, StoreError> {
        if self.bytes <= self.limit {
            Ok(self.texts)
        } else {
            Err(StoreError::Answer { limit: self.limit })
        }
    }
}

/// The length of a member in its list's JSON text, with the comma or bracket behind it; the bracket before the first is the list's own.
fn listed(member: &str) -> u64 {
    // JSON's escapes (RFC 8259, 7) as serde_json writes them.
    let quoted: usize = member
        .bytes()
        .map(|byte| match byte {
            b'"' | b'\\' | b'\n' | b'\r' | b'\t' | 0x08 | 0x0c => 2,
            0..0x20 => 6,
            _ => 1,
        })
        .sum();
    quoted as u64 + 3
}
