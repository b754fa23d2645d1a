//! Whether bytes that came from elsewhere are a packed tree.

use std::collections::{BTreeSet, HashMap};

use super::{
    ASCII, BOOL, ENTRY, Entry, FLOAT, HEADER, INDEX_KEYS, INT, InvalidPacked, Key, LIST, MAP,
    MAX_DEPTH, MAX_UNFOLDED, NO_KEY, NULL, Node, Packed, SLOT, TEXT, UNSIGNED, View, build, number,
    word,
};
use crate::value::Value;

/// How many times the buffer's size its visible tree may take with its shared branches unfolded: an event holds its background a second time, as
/// `base.background`.
const UNFOLDED: u64 = 4;

/// Checks everything that the root reaches.
pub(super) fn tree(packed: &Packed) -> Result<(), InvalidPacked> {
    let root = packed.root();
    let taken = vec![0; packed.bytes.len().div_ceil(64)];
    let mut check = Check { bytes: &packed.bytes, known: HashMap::new(), taken };
    let about = check.node(root, 0)?;
    if about.unfolded > UNFOLDED * packed.bytes.len() as u64 {
        return bad("branches that are shared too often", root.at);
    }
    Ok(())
}

fn bad<T>(what: &'static str, at: usize) -> Result<T, InvalidPacked> {
    Err(InvalidPacked { what, at })
}

/// What a value is like.
#[derive(Debug, Clone, Copy, Default)]
struct About {
    /// Levels below it, hidden ones too.
    height: usize,
    /// Bytes that its visible tree takes with every shared branch unfolded.
    unfolded: u64,
}

/// What stands at an offset, as the slots that lead there say.
#[derive(Debug, PartialEq, Eq, Clone, Copy)]
struct Claim {
    tag: u8,
    flags: u8,
    len: usize,
    hidden: usize,
}

/// A walk that looks at every content once. Contents may be shared whole but not overlap, so their sizes add up to the buffer's at most.
struct Check<'a> {
    bytes: &'a [u8],
    known: HashMap<usize, (Claim, About)>,
    /// A bit for each byte that some content has.
    taken: Vec<u64>,
}

impl<'a> Check<'a> {
    fn node(&mut self, node: Node<'a>, depth: usize) -> Result<About, InvalidPacked> {
        if depth >= MAX_DEPTH {
            return bad("too deep", node.at);
        }
        let slot = node.slot();
        let (unit, hidden) = match slot[0] {
            FLOAT if !f64::from_bits(number(slot)).is_finite() => {
                return bad("a number that is not finite", node.at);
            }
            // A whole one is an integer, which every language relies on.
            FLOAT if !matches!(Value::from(f64::from_bits(number(slot))), Value::Float(_)) => {
                return bad("a number that is not what it says", node.at);
            }
            UNSIGNED if i64::try_from(number(slot)).is_ok() => {
                return bad("a number that is not what it says", node.at);
            }
            NULL | BOOL | INT | FLOAT | UNSIGNED => {
                return Ok(About { height: 0, unfolded: SLOT as u64 });
            }
            TEXT => (1, 0),
            LIST => (SLOT, node.hidden_len()),
            MAP => (ENTRY, node.hidden_len()),
            _ => return bad("unknown tag", node.at),
        };
        let claim = Claim { tag: slot[0], flags: slot[1], len: node.len(), hidden };
        let back = word(slot, 8) as usize;
        let size = claim.len.checked_mul(unit);
        let size = size.and_then(|size| size.checked_add(hidden.checked_mul(ENTRY)?));
        let Some(start) = node.at.checked_sub(back).filter(|start| *start >= HEADER) else {
            return bad("a link out of bounds", node.at);
        };
        // Content ends before its slot, so that links lead backwards only.
        let Some(size) = size.filter(|size| *size <= back) else {
            return bad("content past its slot", node.at);
        };
        if size == 0 {
            return match claim.flags {
                ASCII if claim.tag == TEXT => Ok(About { height: 0, unfolded: SLOT as u64 }),
                0 if claim.tag != TEXT => Ok(About { height: 0, unfolded: SLOT as u64 }),
                _ => bad("an empty value that says otherwise", node.at),
            };
        }
        if let Some((known, about)) = self.known.get(&start) {
            let about = *about;
            return if *known != claim {
                bad("content that two values take for different things", start)
            } else if depth + about.height >= MAX_DEPTH {
                bad("too deep", node.at)
            } else {
                Ok(about)
            };
        }
        self.take(start, size)?;
        let about = match claim.tag {
            TEXT => self.text(start, &claim)?,
            _ if start % 8 != 0 => return bad("content out of line", start),
            _ => self.content(node, &claim, depth)?,
        };
        if about.unfolded > MAX_UNFOLDED {
            return bad("branches that are shared too often", node.at);
        }
        self.known.insert(start, (claim, about));
        Ok(about)
    }

    /// Takes bytes that no other content has.
    fn take(&mut self, start: usize, size: usize) -> Result<(), InvalidPacked> {
        for at in start..start + size {
            let bit = 1 << (at % 64);
            match self.taken.get_mut(at / 64) {
                Some(word) if *word & bit == 0 => *word |= bit,
                _ => return bad("contents that overlap", at),
            }
        }
        Ok(())
    }

    fn text(&self, start: usize, claim: &Claim) -> Result<About, InvalidPacked> {
        let text = self.bytes.get(start..start + claim.len).unwrap_or_default();
        let flags = if text.is_ascii() { ASCII } else { 0 };
        if std::str::from_utf8(text).is_err() || claim.flags != flags {
            return bad("text that is not what it says", start);
        }
        Ok(About { height: 0, unfolded: (SLOT + claim.len) as u64 })
    }

    fn content(
        &mut self,
        node: Node<'a>,
        claim: &Claim,
        depth: usize,
    ) -> Result<About, InvalidPacked> {
        let mut about = About { height: 0, unfolded: SLOT as u64 };
        let mut add = |part: About, visible: bool| {
            about.height = about.height.max(part.height + 1);
            if visible {
                about.unfolded = about.unfolded.saturating_add(part.unfolded);
            }
        };
        match node.view() {
            View::List(list) => {
                if claim.flags != 0 {
                    return bad("a list that is not what it says", node.at);
                }
                for item in list.iter() {
                    add(self.node(item, depth + 1)?, true);
                }
                let mut names = BTreeSet::new();
                for entry in list.hidden() {
                    add(self.entry(entry, depth, &mut names)?, false);
                }
            }
            View::Map(map) => {
                let (mut names, mut indices) = (BTreeSet::new(), false);
                for (index, entry) in map.all().enumerate() {
                    let visible = index < claim.len;
                    add(self.entry(entry, depth, &mut names)?, visible);
                    indices |= visible && build::is_index(entry.name());
                }
                if claim.flags != if indices { INDEX_KEYS } else { 0 } {
                    return bad("a map that is not what it says", node.at);
                }
            }
            _ => {}
        }
        Ok(about)
    }

    /// Checks an entry whose key must not be among those seen before.
    fn entry(
        &mut self,
        entry: Entry<'a>,
        depth: usize,
        names: &mut BTreeSet<&'a str>,
    ) -> Result<About, InvalidPacked> {
        let head = self.bytes.get(entry.at..entry.at + ENTRY - SLOT).unwrap_or(&[0; ENTRY - SLOT]);
        let number = u16::from_le_bytes([head[0], head[1]]);
        let mut key = 0;
        if number == NO_KEY {
            let (len, back) = (word(head, 4) as usize, word(head, 8) as usize);
            let Some(start) = entry.at.checked_sub(back).filter(|start| *start >= HEADER) else {
                return bad("a key out of bounds", entry.at);
            };
            if len > back {
                return bad("a key past its entry", entry.at);
            }
            self.take(start, len)?;
            let text = self.bytes.get(start..start + len).map(std::str::from_utf8);
            match text {
                Some(Ok(text)) if Key::of(text).is_none() => key = len,
                Some(Ok(_)) => return bad("a known key as text", entry.at),
                _ => return bad("a key that is no text", entry.at),
            }
        } else if Key::from_number(number).is_none() {
            return bad("an unknown key", entry.at);
        }
        if !names.insert(entry.name()) {
            return bad("a key that its map has already", entry.at);
        }
        let value = self.node(entry.value(), depth + 1)?;
        let unfolded = value.unfolded.saturating_add((ENTRY - SLOT + key) as u64);
        Ok(About { unfolded, ..value })
    }
}
