//! An event as one flat, immutable run of bytes that every engine's views read in place.
//!
//! The bytes hold no pointer and no reference into the host: every link is an offset relative to where it stands, so
//! a buffer can be copied, appended to another ([`Builder::append`]), mapped in another process, or sent. Links only lead
//! backwards, which makes every buffer a finite tree (or a tree with shared branches: `base.background` is `background`). Two contents are the same or
//! apart: they never overlap in part.
//!
//! # Layout
//!
//! Little-endian. A *slot* of 16 bytes holds a value: `tag: u8, flags: u8, 0: u16, len: u32`, then 8 bytes: the number, or for
//! text, lists and maps `back: u32` (the distance from this slot back to the content) and `hidden: u32`. A list's content is `len` slots, then `hidden`
//! entries; a map's is `len` entries, then `hidden` entries. An *entry* of 32 bytes is `key: u16` (0xffff: as text), `0: u16, len: u32,
//! back: u32, 0: u32` and a slot. The buffer begins with [`MAGIC`] and the offset of the root's slot.

mod build;
mod check;
mod json;
mod key;

use std::fmt;

pub use build::{Base, Builder, KeyName, Slot};
pub use json::Indent;
pub use key::Key;

/// The first eight bytes of a buffer: a name and the layout's version.
pub const MAGIC: [u8; 8] = *b"reactn\x00\x01";
const HEADER: usize = 16;
const SLOT: usize = 16;
const ENTRY: usize = 32;
const NO_KEY: u16 = u16::MAX;
/// The deepest nesting that a buffer may have; deeper input is refused where it is parsed.
pub const MAX_DEPTH: usize = 128;
/// The most bytes that any value of a buffer may take when each shared branch is counted at every place where it stands. Hidden lists of an event repeat
/// what its trees have once.
pub const MAX_UNFOLDED: u64 = 1 << 30;

const NULL: u8 = 0;
const BOOL: u8 = 1;
const INT: u8 = 2;
const FLOAT: u8 = 3;
const TEXT: u8 = 4;
const LIST: u8 = 5;
const MAP: u8 = 6;
/// A whole number above `i64::MAX`, in 64 bits.
const UNSIGNED: u8 = 7;

/// On a text: every byte is ASCII.
const ASCII: u8 = 1;
/// On a map: some visible key is spelled like an array index (`"0"`, `"42"`), which ECMAScript would enumerate first.
const INDEX_KEYS: u8 = 1;

/// An immutable tree of values in one buffer.
#[derive(Clone, PartialEq, Eq)]
pub struct Packed {
    bytes: Box<[u8]>,
}

/// Bytes that are no packed tree.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not a packed value: {what} at byte {at}")]
#[non_exhaustive]
pub struct InvalidPacked {
    what: &'static str,
    at: usize,
}

impl Packed {
    /// Takes bytes that came from elsewhere, after checking every link, tag, key and text in them, in time that their number bounds.
    ///
    /// What passes is safe to walk, too: it is a finite tree of at most [`MAX_DEPTH`] levels, and its shared branches, met again at every place where
    /// they stand, take no more than a few times the buffer's size (hidden ones: [`MAX_UNFOLDED`]).
    ///
    /// # Errors
    ///
    /// [`InvalidPacked`] names the first byte that breaks the layout.
    pub fn from_bytes(bytes: impl Into<Box<[u8]>>) -> Result<Packed, InvalidPacked> {
        let packed = Packed { bytes: bytes.into() };
        let bad = |what, at| Err(InvalidPacked { what, at });
        if packed.bytes.get(..8) != Some(&MAGIC[..]) {
            return bad("no magic", 0);
        }
        let root = packed.root().at;
        if root < HEADER || !root.is_multiple_of(8) || root + SLOT > packed.bytes.len() {
            return bad("root out of bounds", 8);
        }
        check::tree(&packed)?;
        Ok(packed)
    }

    /// The bytes, to be sent or mapped.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// The outermost value.
    #[must_use]
    pub fn root(&self) -> Node<'_> {
        Node { bytes: &self.bytes, at: word(&self.bytes, 8) as usize }
    }

    /// The value that stands at an offset which [`Node::offset`] gave for this very buffer.
    #[must_use]
    pub fn node_at(&self, offset: usize) -> Node<'_> {
        Node { bytes: &self.bytes, at: offset }
    }
}

impl fmt::Debug for Packed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.root().to_json(Indent::None))
    }
}

/// Reads out of bounds give 0: the buffer was checked when it was made, and a reader never panics.
fn word(bytes: &[u8], at: usize) -> u32 {
    bytes.get(at..at + 4).map_or(0, |word| u32::from_le_bytes(word.try_into().unwrap_or_default()))
}

/// The number that a slot of 16 bytes holds.
fn number(slot: &[u8]) -> u64 {
    slot.get(8..16).map_or(0, |bytes| u64::from_le_bytes(bytes.try_into().unwrap_or_default()))
}

/// One value of a [`Packed`].
#[derive(Clone, Copy)]
pub struct Node<'a> {
    bytes: &'a [u8],
    at: usize,
}

/// What a [`Node`] is.
#[derive(Debug, Clone, Copy)]
pub enum View<'a> {
    /// JSON `null`.
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// Any other number, always finite. A whole one between 2^63 and 2^64 is stored with all its digits
    /// ([`Node::as_unsigned`]) and seen as the nearest double.
    Float(f64),
    /// Text.
    Text(&'a str),
    /// A list.
    List(ListView<'a>),
    /// A map.
    Map(MapView<'a>),
}

impl<'a> Node<'a> {
    fn slot(self) -> &'a [u8] {
        self.bytes.get(self.at..).and_then(|rest| rest.get(..SLOT)).unwrap_or(&[0; SLOT])
    }

    fn len(self) -> usize {
        word(self.slot(), 4) as usize
    }

    fn hidden_len(self) -> usize {
        word(self.slot(), 12) as usize
    }

    fn start(self) -> usize {
        self.at.saturating_sub(word(self.slot(), 8) as usize)
    }

    /// Where the value stands in its buffer, for [`Packed::node_at`]. Equal offsets are one value.
    #[must_use]
    pub fn offset(self) -> usize {
        self.at
    }

    /// The value, one level deep.
    #[must_use]
    pub fn view(self) -> View<'a> {
        let slot = self.slot();
        match slot[0] {
            BOOL => View::Bool(slot[8] != 0),
            INT => View::Int(number(slot) as i64),
            FLOAT => View::Float(f64::from_bits(number(slot))),
            UNSIGNED => View::Float(number(slot) as f64),
            TEXT => View::Text(std::str::from_utf8(self.text_bytes()).unwrap_or_default()),
            LIST => View::List(ListView { node: self }),
            MAP => View::Map(MapView { node: self }),
            _ => View::Null,
        }
    }

    /// The bytes of a text (valid UTF-8), and nothing for another value.
    #[must_use]
    pub fn text_bytes(self) -> &'a [u8] {
        if self.slot()[0] != TEXT {
            return &[];
        }
        let start = self.start();
        self.bytes.get(start..start + self.len()).unwrap_or_default()
    }

    /// Whether a text is all ASCII, known without looking at it.
    #[must_use]
    pub fn is_ascii(self) -> bool {
        self.slot()[0] == TEXT && self.slot()[1] & ASCII != 0
    }

    /// The text, if it is one.
    #[must_use]
    pub fn as_str(self) -> Option<&'a str> {
        match self.view() {
            View::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    #[must_use]
    pub fn as_int(self) -> Option<i64> {
        match self.view() {
            View::Int(number) => Some(number),
            _ => None,
        }
    }

    /// The whole number with all its digits, if it is one above `i64::MAX`.
    #[must_use]
    pub fn as_unsigned(self) -> Option<u64> {
        let slot = self.slot();
        (slot[0] == UNSIGNED).then(|| number(slot))
    }

    /// The truth value, if it is one.
    #[must_use]
    pub fn as_bool(self) -> Option<bool> {
        match self.view() {
            View::Bool(value) => Some(value),
            _ => None,
        }
    }

    /// The map, if it is one.
    #[must_use]
    pub fn as_map(self) -> Option<MapView<'a>> {
        match self.view() {
            View::Map(map) => Some(map),
            _ => None,
        }
    }

    /// The list, if it is one.
    #[must_use]
    pub fn as_list(self) -> Option<ListView<'a>> {
        match self.view() {
            View::List(list) => Some(list),
            _ => None,
        }
    }

    /// A field of a map, visible or hidden; `None` for an absent one and for a value that is no map.
    #[must_use]
    pub fn get(self, key: Key) -> Option<Node<'a>> {
        self.as_map()?.get(key)
    }

    /// The items of a list; none for any other value.
    pub fn items(self) -> impl Iterator<Item = Node<'a>> {
        self.as_list().into_iter().flat_map(|list| list.iter())
    }
}

impl fmt::Debug for Node<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_json(Indent::None))
    }
}

/// A list of a [`Packed`]. It may carry hidden entries: a newer spelling that scripts may read on it, which is never enumerated.
#[derive(Clone, Copy)]
pub struct ListView<'a> {
    node: Node<'a>,
}

impl fmt::Debug for ListView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)
    }
}

impl<'a> ListView<'a> {
    /// How many items it has.
    #[must_use]
    pub fn len(self) -> usize {
        self.node.len()
    }

    /// Whether it has none.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// The item at an index from 0.
    #[must_use]
    pub fn get(self, index: usize) -> Option<Node<'a>> {
        (index < self.len())
            .then(|| Node { bytes: self.node.bytes, at: self.node.start() + index * SLOT })
    }

    /// The items in order.
    pub fn iter(self) -> impl ExactSizeIterator<Item = Node<'a>> {
        let start = self.node.start();
        (0..self.len()).map(move |index| Node { bytes: self.node.bytes, at: start + index * SLOT })
    }

    /// The hidden entries.
    pub fn hidden(self) -> impl ExactSizeIterator<Item = Entry<'a>> {
        let start = self.node.start() + self.len() * SLOT;
        let bytes = self.node.bytes;
        (0..self.node.hidden_len()).map(move |index| Entry { bytes, at: start + index * ENTRY })
    }
}

/// A map of a [`Packed`]. Its visible entries are what is enumerated; hidden ones are other spellings, which resolve on access and in membership tests only.
#[derive(Clone, Copy)]
pub struct MapView<'a> {
    node: Node<'a>,
}

impl fmt::Debug for MapView<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.node.fmt(f)
    }
}

impl<'a> MapView<'a> {
    /// How many visible entries it has.
    #[must_use]
    pub fn len(self) -> usize {
        self.node.len()
    }

    /// Whether it has no visible entry.
    #[must_use]
    pub fn is_empty(self) -> bool {
        self.len() == 0
    }

    /// How many entries it has, visible and hidden.
    #[must_use]
    pub fn total(self) -> usize {
        self.len() + self.node.hidden_len()
    }

    /// Whether some visible key is spelled like an array index, which ECMAScript would enumerate first.
    #[must_use]
    pub fn has_index_keys(self) -> bool {
        self.node.slot()[1] & INDEX_KEYS != 0
    }

    /// The entry at an index from 0: visible ones first, in the order of enumeration.
    #[must_use]
    pub fn entry(self, index: usize) -> Option<Entry<'a>> {
        (index < self.total())
            .then(|| Entry { bytes: self.node.bytes, at: self.node.start() + index * ENTRY })
    }

    /// The visible entries in order.
    pub fn iter(self) -> impl ExactSizeIterator<Item = Entry<'a>> {
        self.entries(0, self.len())
    }

    /// The hidden entries.
    pub fn hidden(self) -> impl ExactSizeIterator<Item = Entry<'a>> {
        self.entries(self.len(), self.total())
    }

    /// Visible entries, then hidden ones.
    pub fn all(self) -> impl ExactSizeIterator<Item = Entry<'a>> {
        self.entries(0, self.total())
    }

    fn entries(self, from: usize, to: usize) -> impl ExactSizeIterator<Item = Entry<'a>> {
        let (bytes, start) = (self.node.bytes, self.node.start());
        (from..to).map(move |index| Entry { bytes, at: start + index * ENTRY })
    }

    /// The position of a known key among all entries.
    #[must_use]
    pub fn position(self, key: Key) -> Option<usize> {
        let want = key.number().to_le_bytes();
        let start = self.node.start();
        let entries = self.node.bytes.get(start..start + self.total() * ENTRY)?;
        entries.chunks_exact(ENTRY).position(|entry| entry[..2] == want)
    }

    /// The value of a known key, visible or hidden.
    #[must_use]
    pub fn get(self, key: Key) -> Option<Node<'a>> {
        Some(self.entry(self.position(key)?)?.value())
    }

    /// The value of any key, visible or hidden.
    #[must_use]
    pub fn get_text(self, name: &str) -> Option<Node<'a>> {
        match Key::of(name) {
            Some(key) => self.get(key),
            None => self.all().find(|entry| entry.name() == name).map(Entry::value),
        }
    }
}

/// A key and its value.
#[derive(Clone, Copy)]
pub struct Entry<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Entry<'a> {
    /// The key as a number, where it is a known one (a known name is always stored as its number).
    #[must_use]
    pub fn key(self) -> Option<Key> {
        let head = self.bytes.get(self.at..self.at + 2)?;
        Key::from_number(u16::from_le_bytes([head[0], head[1]]))
    }

    /// The key's text.
    #[must_use]
    pub fn name(self) -> &'a str {
        if let Some(key) = self.key() {
            return key.name();
        }
        let (len, back) = (word(self.bytes, self.at + 4), word(self.bytes, self.at + 8));
        let start = self.at.saturating_sub(back as usize);
        let text = self.bytes.get(start..start + len as usize).unwrap_or_default();
        std::str::from_utf8(text).unwrap_or_default()
    }

    /// The value.
    #[must_use]
    pub fn value(self) -> Node<'a> {
        Node { bytes: self.bytes, at: self.at + 16 }
    }
}

impl fmt::Debug for Entry<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}: {:?}", self.name(), self.value())
    }
}

#[cfg(test)]
mod tests;
