//! How keys, lists and deadlines are laid out as rows.
//!
//! A namespace's rows begin with its name (`len: u16` big-endian, then the bytes), then one byte: [`OWN_LIST`] the head of the
//! default list, [`OWN_ITEM`] its members by number, [`KEY`] the head of a key, [`ITEM`] a listed key's members (`len: u16`, key, number), [`CLOCK`] the newest time
//! at which something was written, as 16 bytes, while some key has a deadline. Numbers
//! are big-endian, so that the order of bytes is the order of keys and of members. A head is `kind: u8`, the deadline as nanoseconds since
//! 1970 in 16 bytes, then the text, or of a list `len: u64` and `size: u64`.

use std::sync::Arc;

const OWN_LIST: u8 = 1;
const OWN_ITEM: u8 = 2;
const KEY: u8 = 3;
const ITEM: u8 = 4;
const CLOCK: u8 = 5;

const TEXT: u8 = 0;
const LIST: u8 = 1;

/// What a list's member takes beside its text, in bytes: about its row's key.
const MEMBER: u64 = 64;

/// No deadline.
pub(super) const NEVER: i128 = i128::MAX;

/// The rows of one namespace.
#[derive(Debug, Clone)]
pub(super) struct Rows {
    prefix: Arc<[u8]>,
}

impl Rows {
    pub(super) fn of(namespace: &str) -> Rows {
        let mut prefix = (namespace.len() as u16).to_be_bytes().to_vec();
        prefix.extend_from_slice(namespace.as_bytes());
        Rows { prefix: prefix.into() }
    }

    fn row(&self, tag: u8, rest: &[&[u8]]) -> Vec<u8> {
        let mut row = self.prefix.to_vec();
        row.push(tag);
        rest.iter().for_each(|part| row.extend_from_slice(part));
        row
    }

    /// The head of a key, or of the default list.
    pub(super) fn head(&self, key: Option<&str>) -> Vec<u8> {
        match key {
            Some(key) => self.row(KEY, &[key.as_bytes()]),
            None => self.row(OWN_LIST, &[]),
        }
    }

    /// A member of a list.
    pub(super) fn item(&self, key: Option<&str>, number: u64) -> Vec<u8> {
        let mut row = self.items(key);
        row.extend_from_slice(&number.to_be_bytes());
        row
    }

    /// What the rows of a list's members begin with.
    pub(super) fn items(&self, key: Option<&str>) -> Vec<u8> {
        match key {
            Some(key) => self.row(ITEM, &[&(key.len() as u16).to_be_bytes(), key.as_bytes()]),
            None => self.row(OWN_ITEM, &[]),
        }
    }

    /// What the rows of all keys' lists' members begin with.
    pub(super) fn all_items(&self) -> Vec<u8> {
        self.row(ITEM, &[])
    }

    /// What the heads of keys begin with.
    pub(super) fn keys(&self) -> Vec<u8> {
        self.row(KEY, &[])
    }

    /// The newest time.
    pub(super) fn clock(&self) -> Vec<u8> {
        self.row(CLOCK, &[])
    }

    /// A row behind all rows of this namespace.
    pub(super) fn end(&self) -> Vec<u8> {
        self.row(u8::MAX, &[])
    }

    /// The namespace that a row belongs to.
    pub(super) fn namespace(row: &[u8]) -> Option<&str> {
        let (len, rest) = row.split_first_chunk::<2>()?;
        std::str::from_utf8(rest.get(..usize::from(u16::from_be_bytes(*len)))?).ok()
    }
}

/// What stands under a key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) deadline: i128,
    pub(super) content: HeadContent,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum HeadContent {
    Text(String),
    /// How many members, and how long they are as JSON text.
    List {
        len: u64,
        size: u64,
    },
}

impl Head {
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(40);
        bytes.push(if matches!(self.content, HeadContent::Text(_)) { TEXT } else { LIST });
        bytes.extend_from_slice(&self.deadline.to_be_bytes());
        match &self.content {
            HeadContent::Text(text) => bytes.extend_from_slice(text.as_bytes()),
            HeadContent::List { len, size } => {
                bytes.extend_from_slice(&len.to_be_bytes());
                bytes.extend_from_slice(&size.to_be_bytes());
            }
        }
        bytes
    }

    pub(super) fn decode(bytes: &[u8]) -> Option<Head> {
        let (&kind, rest) = bytes.split_first()?;
        let (deadline, rest) = rest.split_first_chunk::<16>()?;
        let content = match kind {
            TEXT => HeadContent::Text(String::from_utf8(rest.to_vec()).ok()?),
            LIST => {
                let (len, size) = rest.split_first_chunk::<8>()?;
                let size = u64::from_be_bytes(size.try_into().ok()?);
                HeadContent::List { len: u64::from_be_bytes(*len), size }
            }
            _ => return None,
        };
        Some(Head { deadline: i128::from_be_bytes(*deadline), content })
    }

    /// What counts against the quota of a value: bytes of text, or of a list as JSON text.
    pub(super) fn size(&self) -> u64 {
        match &self.content {
            HeadContent::Text(text) => text.len() as u64,
            HeadContent::List { size, .. } => *size,
        }
    }

    /// What counts against the quota of the whole: a list's members cost their rows as well, however short they are.
    pub(super) fn held(&self) -> u64 {
        match &self.content {
            HeadContent::Text(text) => text.len() as u64,
            HeadContent::List { len, size } => size.saturating_add(len.saturating_mul(MEMBER)),
        }
    }
}
