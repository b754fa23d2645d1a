//! A machine's world as bytes: one image of the base, and for each script what differs from it.
//!
//! Before each invocation the base is copied back into the arena and the script's difference on top of it. What that costs depends on the
//! size of the base (some 300 KiB) and of this one script, not on how many are loaded.

#![allow(unsafe_code, reason = "copies raw memory into and out of the arena")]

use std::{ptr, slice};

use crate::arena::Arena;

/// Differences are kept in units of a cache line.
const LINE: usize = 64;

/// The world before any script.
#[derive(Debug)]
pub(crate) struct Image {
    bytes: Box<[u8]>,
}

/// What a loaded script changed in the base, and what it added behind it.
#[derive(Debug)]
pub(crate) struct Delta {
    runs: Box<[Run]>,
    bytes: Box<[u8]>,
    /// The size of the world.
    used: usize,
}

/// Neighbouring lines: their place in the arena; their content follows that of the runs before.
#[derive(Debug)]
struct Run {
    at: usize,
    len: usize,
}

impl Image {
    /// Copies the world as it is now.
    pub(crate) fn of(arena: &Arena) -> Image {
        // Whole lines, so that the lines of a difference never straddle its end.
        let used = arena.used().next_multiple_of(LINE);
        // SAFETY: the mapping is larger than the heap in it, and the slice is gone before the engine runs again.
        let bytes = unsafe { slice::from_raw_parts(arena.base(), used) };
        Image { bytes: bytes.into() }
    }

    /// What the world now has other than the base.
    pub(crate) fn difference(&self, arena: &Arena) -> Delta {
        let used = arena.used();
        // SAFETY: as in `of`.
        let world = unsafe { slice::from_raw_parts(arena.base(), used.next_multiple_of(LINE)) };
        let mut runs: Vec<Run> = Vec::new();
        let mut bytes = Vec::new();
        for (index, line) in world.chunks(LINE).enumerate() {
            let at = index * LINE;
            if self.bytes.get(at..at + LINE) == Some(line) {
                continue;
            }
            match runs.last_mut() {
                Some(run) if run.at + run.len == at => run.len += LINE,
                _ => runs.push(Run { at, len: LINE }),
            }
            bytes.extend_from_slice(line);
        }
        Delta { runs: runs.into(), bytes: bytes.into(), used }
    }

    /// Puts the base back.
    pub(crate) fn restore(&self, arena: &mut Arena) {
        // SAFETY: the image is no larger than the mapping that it was taken from, and they do not overlap.
        unsafe { ptr::copy_nonoverlapping(self.bytes.as_ptr(), arena.base(), self.bytes.len()) }
    }

    /// Bytes held.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len()
    }
}

impl Delta {
    /// Turns a restored base into the script's world.
    pub(crate) fn apply(&self, arena: &mut Arena) {
        let mut content = self.bytes.as_ptr();
        for run in &self.runs {
            // SAFETY: the runs' lengths add up to the content's, and lay in this arena when the difference was taken.
            unsafe {
                ptr::copy_nonoverlapping(content, arena.base().add(run.at), run.len);
                content = content.add(run.len);
            }
        }
    }

    /// The size of the script's world.
    pub(crate) fn used(&self) -> usize {
        self.used
    }

    /// Bytes held.
    pub(crate) fn len(&self) -> usize {
        self.bytes.len() + size_of_val::<[Run]>(&self.runs)
    }

    /// Whether the arena holds exactly the base with this difference.
    #[cfg(test)]
    pub(crate) fn is_in(&self, base: &Image, arena: &Arena) -> bool {
        let fresh = base.difference(arena);
        let same = |a: &Run, b: &Run| (a.at, a.len) == (b.at, b.len);
        fresh.used == self.used
            && fresh.bytes == self.bytes
            && fresh.runs.iter().zip(&self.runs).all(|(a, b)| same(a, b))
    }
}
