//! Names on the wire: labels behind their lengths, and pointers to where the rest of a name stands (RFC 1035, 4.1.4).

use std::{borrow::Borrow, fmt, ops::Deref};

/// Bytes of a name on the wire, the root's included, and of one label (RFC 1035, 2.3.4).
const NAME: usize = 255;
const LABEL: u8 = 63;

/// Pointers that a name follows at most. Nobody needs more than one a label; a loop would need no end of them.
const POINTERS: usize = 127;

/// A name as names compare: lower case, labels between dots, no dot at the end; the root is `""`.
///
/// A label may hold any byte. Whatever is no ASCII letter, digit, `-` or `_` stands as `\` and three decimal digits (RFC 1035, 5.1), a dot within a label
/// too: so what a dot separates are labels, and no two names look alike.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Name(Box<str>);

impl Name {
    /// Whether it is the name that all lie below.
    #[must_use]
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// Its text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// This name, then each that it lies below, without the root.
    pub fn above(&self) -> impl Iterator<Item = &str> {
        let first = Some(self.as_str()).filter(|name| !name.is_empty());
        std::iter::successors(first, |name| name.split_once('.').map(|(_, above)| above))
    }
}

impl Deref for Name {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl Borrow<str> for Name {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Name {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Reads a message from the front to an end, and names from wherever they point to.
#[derive(Debug, Clone)]
pub(super) struct Reader<'m> {
    message: &'m [u8],
    at: usize,
    end: usize,
}

impl<'m> Reader<'m> {
    pub(super) fn new(message: &'m [u8]) -> Reader<'m> {
        Reader { message, at: 0, end: message.len() }
    }

    /// What has not been read.
    pub(super) fn rest(&self) -> &'m [u8] {
        self.message.get(self.at..self.end).unwrap_or(&[])
    }

    pub(super) fn take(&mut self, length: usize) -> Option<&'m [u8]> {
        let taken = self.rest().get(..length)?;
        self.at += length;
        Some(taken)
    }

    /// A reader of the next so many bytes alone, whose names may point anywhere.
    pub(super) fn part(&mut self, length: usize) -> Option<Reader<'m>> {
        let at = self.at;
        self.take(length)?;
        Some(Reader { message: self.message, at, end: self.at })
    }

    pub(super) fn word(&mut self) -> Option<u16> {
        self.take(2).map(|bytes| u16::from_be_bytes([bytes[0], bytes[1]]))
    }

    pub(super) fn long(&mut self) -> Option<u32> {
        Some(u32::from(self.word()?) << 16 | u32::from(self.word()?))
    }

    /// The name that begins here.
    pub(super) fn name(&mut self) -> Option<Name> {
        let mut text = String::new();
        let (mut length, mut pointers) = (1, 0);
        // Where it is read from: here, until the first pointer.
        let mut away: Option<Reader<'m>> = None;
        loop {
            let from = away.as_mut().unwrap_or(self);
            let size = from.take(1)?[0];
            match size {
                0 => return Some(Name(text.into())),
                1..=LABEL => {
                    length += 1 + usize::from(size);
                    if length > NAME {
                        return None;
                    }
                    if !text.is_empty() {
                        text.push('.');
                    }
                    from.take(size.into())?.iter().for_each(|byte| push(&mut text, *byte));
                }
                0xc0.. => {
                    let low = from.take(1)?[0];
                    pointers += 1;
                    if pointers > POINTERS {
                        return None;
                    }
                    let at = usize::from(size & 0x3f) << 8 | usize::from(low);
                    away = Some(Reader { message: self.message, at, end: self.message.len() });
                }
                // Kinds of labels that were given up (RFC 6891, 5).
                _ => return None,
            }
        }
    }
}

fn push(text: &mut String, byte: u8) {
    match byte {
        b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' => text.push(byte.into()),
        b'A'..=b'Z' => text.push(byte.to_ascii_lowercase().into()),
        _ => text.push_str(&format!("\\{byte:03}")),
    }
}
