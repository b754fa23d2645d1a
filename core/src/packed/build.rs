//! Writing a packed tree, from the leaves up.

use super::{
    ASCII, BOOL, ENTRY, FLOAT, HEADER, INDEX_KEYS, INT, Key, LIST, MAGIC, MAP, MAX_DEPTH, NO_KEY,
    NULL, Node, Packed, SLOT, TEXT, UNSIGNED, View,
};
use crate::value::Value;

/// A value that has been written and waits for its place in a list or map. It belongs to the builder that gave it.
#[derive(Debug, Clone, Copy)]
pub struct Slot(Kind);

#[derive(Debug, Clone, Copy)]
enum Kind {
    Null,
    Bool(bool),
    Int(i64),
    Unsigned(u64),
    Float(f64),
    Content { tag: u8, flags: u8, len: u32, at: u32, hidden: u32 },
}

impl Slot {
    /// JSON `null`.
    pub const NULL: Slot = Slot(Kind::Null);

    /// A truth value.
    #[must_use]
    pub const fn bool(value: bool) -> Slot {
        Slot(Kind::Bool(value))
    }

    /// A whole number.
    #[must_use]
    pub const fn int(value: i64) -> Slot {
        Slot(Kind::Int(value))
    }

    /// A whole number that may be above `i64::MAX`.
    #[must_use]
    pub const fn unsigned(value: u64) -> Slot {
        Slot(if value > i64::MAX as u64 { Kind::Unsigned(value) } else { Kind::Int(value as i64) })
    }

    /// A number, by the rule of [`Value::from`]: whole ones become integers, NaN and the infinities null.
    #[must_use]
    pub fn float(value: f64) -> Slot {
        match Value::from(value) {
            Value::Int(value) => Slot(Kind::Int(value)),
            Value::Float(value) => Slot(Kind::Float(value)),
            _ => Slot::NULL,
        }
    }
}

/// A key to be written: a known one, or any text (which is looked up).
#[derive(Debug, Clone, Copy)]
pub enum KeyName<'a> {
    /// A known key.
    Known(Key),
    /// Any other.
    Text(&'a str),
}

impl From<Key> for KeyName<'_> {
    fn from(key: Key) -> Self {
        KeyName::Known(key)
    }
}

impl<'a> From<&'a str> for KeyName<'a> {
    fn from(name: &'a str) -> Self {
        Key::of(name).map_or(KeyName::Text(name), KeyName::Known)
    }
}

/// Builds a [`Packed`]. Offsets bound a buffer to 4 GiB: what would lead beyond is null instead, and [`Builder::is_cut`] says so. Events are bounded far
/// below that.
#[derive(Debug)]
pub struct Builder {
    bytes: Vec<u8>,
    /// The most bytes that it may come to.
    limit: usize,
    cut: bool,
}

impl Default for Builder {
    fn default() -> Self {
        Builder::new()
    }
}

impl Builder {
    /// An empty buffer.
    #[must_use]
    pub fn new() -> Builder {
        Builder::with_capacity(4096)
    }

    /// An empty buffer with room for so many bytes.
    #[must_use]
    pub fn with_capacity(bytes: usize) -> Builder {
        let mut buffer = Vec::with_capacity(bytes.max(HEADER));
        buffer.extend_from_slice(&MAGIC);
        buffer.resize(HEADER, 0);
        Builder { bytes: buffer, limit: u32::MAX as usize, cut: false }
    }

    /// A builder of smaller buffers.
    #[cfg(test)]
    pub(super) fn with_limit(limit: usize) -> Builder {
        Builder { limit, ..Builder::new() }
    }

    /// Whether something became null because there was no room for it.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.cut
    }

    /// Whether so many bytes more have room, each offset and length among them then fitting 32 bits; if not, the result is cut.
    fn has_room(&mut self, bytes: usize) -> bool {
        /// Alignment, and the root with its own.
        const SPARE: usize = 4 * SLOT;
        let end = self.bytes.len().saturating_add(bytes).saturating_add(SPARE);
        self.cut |= end > self.limit;
        end <= self.limit
    }

    /// How many bytes were written so far.
    #[must_use]
    pub fn size(&self) -> usize {
        self.bytes.len()
    }

    /// Copies a whole tree in and gives its root.
    pub fn append(&mut self, packed: &Packed) -> Slot {
        self.append_at(packed).1
    }

    /// Copies a whole tree in; with the base, [`Builder::part`] gives any of its values a second place without copying it again.
    pub fn append_at(&mut self, packed: &Packed) -> (Base, Slot) {
        if !self.has_room(packed.as_bytes().len()) {
            return (Base(None), Slot::NULL);
        }
        self.align();
        let base = Base(Some(self.bytes.len() - HEADER));
        self.bytes.extend_from_slice(&packed.as_bytes()[HEADER..]);
        let root = self.part(base, packed.root());
        (base, root)
    }

    /// A value of an appended tree, shared, not copied.
    #[must_use]
    pub fn part(&self, base: Base, node: Node<'_>) -> Slot {
        let slot = node.slot();
        let Some(base) = base.0 else { return Slot::NULL };
        match node.view() {
            View::Null => Slot::NULL,
            View::Bool(value) => Slot::bool(value),
            View::Int(value) => Slot::int(value),
            View::Float(value) => {
                node.as_unsigned().map_or(Slot(Kind::Float(value)), Slot::unsigned)
            }
            View::Text(_) | View::List(_) | View::Map(_) => Slot(Kind::Content {
                tag: slot[0],
                flags: slot[1],
                len: node.len() as u32,
                at: (node.start() + base) as u32,
                hidden: if slot[0] == TEXT { 0 } else { node.hidden_len() as u32 },
            }),
        }
    }

    /// Writes a text.
    pub fn text(&mut self, text: &str) -> Slot {
        if !self.has_room(text.len()) {
            return Slot::NULL;
        }
        let at = self.bytes.len() as u32;
        self.bytes.extend_from_slice(text.as_bytes());
        let flags = if text.is_ascii() { ASCII } else { 0 };
        Slot(Kind::Content { tag: TEXT, flags, len: text.len() as u32, at, hidden: 0 })
    }

    /// Writes a list.
    pub fn list(&mut self, items: &[Slot]) -> Slot {
        self.list_with(items, &[])
    }

    /// Writes a list that carries hidden entries.
    pub fn list_with(&mut self, items: &[Slot], hidden: &[(KeyName<'_>, Slot)]) -> Slot {
        if !self.has_room(items.len().saturating_mul(SLOT).saturating_add(size_of(hidden))) {
            return Slot::NULL;
        }
        let keys = self.key_texts(hidden);
        self.align();
        let at = self.bytes.len() as u32;
        for item in items {
            self.slot(*item);
        }
        self.entries(hidden, &keys);
        let (len, hidden) = (items.len() as u32, hidden.len() as u32);
        Slot(Kind::Content { tag: LIST, flags: 0, len, at, hidden })
    }

    /// Writes a map. Keys must differ.
    pub fn map(&mut self, entries: &[(KeyName<'_>, Slot)]) -> Slot {
        self.map_with(entries, &[])
    }

    /// Writes a map with visible and hidden entries. Keys must differ.
    pub fn map_with(
        &mut self,
        entries: &[(KeyName<'_>, Slot)],
        hidden: &[(KeyName<'_>, Slot)],
    ) -> Slot {
        if !self.has_room(size_of(entries).saturating_add(size_of(hidden))) {
            return Slot::NULL;
        }
        let keys = self.key_texts(entries);
        let hidden_keys = self.key_texts(hidden);
        self.align();
        let at = self.bytes.len() as u32;
        self.entries(entries, &keys);
        self.entries(hidden, &hidden_keys);
        let index =
            entries.iter().any(|(key, _)| matches!(key, KeyName::Text(key) if is_index(key)));
        Slot(Kind::Content {
            tag: MAP,
            flags: if index { INDEX_KEYS } else { 0 },
            len: entries.len() as u32,
            at,
            hidden: hidden.len() as u32,
        })
    }

    /// Writes a whole neutral value; opaque ones become null, and so do lists and maps that lead deeper than
    /// [`MAX_DEPTH`].
    pub fn value(&mut self, value: &Value) -> Slot {
        self.value_at(value, 1)
    }

    fn value_at(&mut self, value: &Value, depth: usize) -> Slot {
        match value {
            Value::List(_) | Value::Map(_) if depth >= MAX_DEPTH => {
                self.cut = true;
                Slot::NULL
            }
            Value::Null | Value::Opaque(_) => Slot::NULL,
            Value::Bool(value) => Slot::bool(*value),
            Value::Int(value) => Slot::int(*value),
            Value::Float(value) => Slot::float(*value),
            Value::Text(text) => self.text(text),
            Value::List(items) => {
                let items: Vec<Slot> =
                    items.iter().map(|item| self.value_at(item, depth + 1)).collect();
                self.list(&items)
            }
            Value::Map(map) => {
                let entries: Vec<(KeyName<'_>, Slot)> = map
                    .iter()
                    .map(|(key, value)| {
                        (KeyName::from(key.as_str()), self.value_at(value, depth + 1))
                    })
                    .collect();
                self.map(&entries)
            }
        }
    }

    /// Ends with the outermost value.
    #[must_use]
    pub fn finish(mut self, root: Slot) -> Packed {
        self.align();
        let at = self.bytes.len() as u32;
        self.slot(root);
        self.bytes[8..12].copy_from_slice(&at.to_le_bytes());
        Packed { bytes: self.bytes.into_boxed_slice() }
    }

    fn align(&mut self) {
        self.bytes.resize(self.bytes.len().next_multiple_of(8), 0);
    }

    fn key_texts(&mut self, entries: &[(KeyName<'_>, Slot)]) -> Vec<(u32, u32)> {
        let mut texts = Vec::new();
        for (key, _) in entries {
            if let KeyName::Text(text) = key {
                texts.push((self.bytes.len() as u32, text.len() as u32));
                self.bytes.extend_from_slice(text.as_bytes());
            }
        }
        texts
    }

    fn entries(&mut self, entries: &[(KeyName<'_>, Slot)], texts: &[(u32, u32)]) {
        let mut texts = texts.iter();
        self.bytes.reserve(entries.len() * ENTRY);
        for (key, value) in entries {
            let at = self.bytes.len() as u32;
            let head = match key {
                KeyName::Known(key) => u128::from(key.number()),
                KeyName::Text(_) => {
                    let (start, len) = texts.next().copied().unwrap_or_default();
                    u128::from(NO_KEY) | u128::from(len) << 32 | u128::from(at - start) << 64
                }
            };
            let mut out = [0; ENTRY];
            out[..ENTRY - SLOT].copy_from_slice(&head.to_le_bytes());
            out[ENTRY - SLOT..].copy_from_slice(&value.encoded(at + (ENTRY - SLOT) as u32));
            self.bytes.extend_from_slice(&out);
        }
    }

    fn slot(&mut self, slot: Slot) {
        let out = slot.encoded(self.bytes.len() as u32);
        self.bytes.extend_from_slice(&out);
    }
}

impl Slot {
    /// Its bytes, for the place where it will stand.
    #[inline]
    fn encoded(self, at: u32) -> [u8; SLOT] {
        let (tag, flags, len, content) = match self.0 {
            Kind::Null => (NULL, 0, 0, 0),
            Kind::Bool(value) => (BOOL, 0, 0, u64::from(value)),
            Kind::Int(value) => (INT, 0, 0, value as u64),
            Kind::Unsigned(value) => (UNSIGNED, 0, 0, value),
            Kind::Float(value) => (FLOAT, 0, 0, value.to_bits()),
            Kind::Content { tag, flags, len, at: content, hidden } => {
                let unit = match tag {
                    TEXT => 1,
                    LIST => SLOT,
                    _ => ENTRY,
                };
                let size = u64::from(len) * unit as u64 + u64::from(hidden) * ENTRY as u64;
                match at.checked_sub(content) {
                    Some(back) if size <= u64::from(back) => {
                        (tag, flags, len, u64::from(back) | u64::from(hidden) << 32)
                    }
                    // Another builder's: a link that leads forwards would make a circle.
                    _ => (NULL, 0, 0, 0),
                }
            }
        };
        let head = u64::from(tag) | u64::from(flags) << 8 | u64::from(len) << 32;
        (u128::from(head) | u128::from(content) << 64).to_le_bytes()
    }
}

/// What entries take with the texts of their keys.
fn size_of(entries: &[(KeyName<'_>, Slot)]) -> usize {
    let size = |(key, _): &(KeyName<'_>, Slot)| match key {
        KeyName::Known(_) => ENTRY,
        KeyName::Text(text) => ENTRY.saturating_add(text.len()),
    };
    entries.iter().map(size).fold(0, usize::saturating_add)
}

/// Where an appended tree begins in its new buffer; nowhere if there was no room.
#[derive(Debug, Clone, Copy)]
pub struct Base(Option<usize>);

/// Whether ECMAScript would treat the key as an array index (ECMA-262, 6.1.7: a canonical number up to 2^32 - 2; engines also
/// order longer ones so, hence any canonical decimal counts here).
pub(super) fn is_index(key: &str) -> bool {
    let digits = key.as_bytes();
    !digits.is_empty()
        && digits.len() <= 20
        && digits.iter().all(u8::is_ascii_digit)
        && (digits.len() == 1 || digits[0] != b'0')
}
