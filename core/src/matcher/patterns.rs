//! Regular expressions, many at once.

use std::{collections::HashMap, ops::Range};

use regex::{Regex, RegexSet, RegexSetBuilder};

/// A pattern's number in its [`Patterns`].
pub(super) type PatternId = u32;

/// Patterns that are all searched for in the same texts. Equal ones are one.
#[derive(Debug, Default)]
pub(super) struct Patterns {
    patterns: Vec<Regex>,
    ids: HashMap<String, PatternId>,
    chunks: Vec<Chunk>,
}

/// Neighbouring patterns.
#[derive(Debug)]
enum Chunk {
    /// Searched for in one pass.
    Set { set: RegexSet, first: PatternId },
    /// One that has no neighbour, or is too large for a set.
    One(PatternId),
}

/// Bytes that the lazily built automaton of a set may take, a thread. With the default of 2 MiB some sets of 64 patterns get none at all, and a
/// search takes 40 µs instead of 0.1; what is not needed is not taken.
const AUTOMATON: usize = 32 << 20;

impl Patterns {
    /// Adds a pattern. [`Patterns::prepare`] must follow before the first search.
    pub(super) fn add(&mut self, pattern: &Regex) -> PatternId {
        if let Some(id) = self.ids.get(pattern.as_str()) {
            return *id;
        }
        let id = self.patterns.len() as PatternId;
        self.patterns.push(pattern.clone());
        self.ids.insert(pattern.as_str().to_owned(), id);
        id
    }

    /// Compiles what was added.
    pub(super) fn prepare(&mut self) {
        self.chunks.clear();
        self.compile(0..self.patterns.len());
    }

    fn compile(&mut self, range: Range<usize>) {
        if range.len() <= 1 {
            self.chunks.extend(range.map(|id| Chunk::One(id as PatternId)));
            return;
        }
        let texts = self.patterns[range.clone()].iter().map(Regex::as_str);
        match RegexSetBuilder::new(texts).dfa_size_limit(AUTOMATON).build() {
            Ok(set) => self.chunks.push(Chunk::Set { set, first: range.start as PatternId }),
            // Together they exceed the size limit of a compiled expression: halves are tried.
            Err(_) => {
                let middle = range.start + range.len() / 2;
                self.compile(range.start..middle);
                self.compile(middle..range.end);
            }
        }
    }

    /// Gives every pattern that is found in the text, in no order.
    pub(super) fn search(&self, text: &str, mut found: impl FnMut(PatternId)) {
        for chunk in &self.chunks {
            match chunk {
                // Most texts match no pattern: `is_match` says so in a third of the time, and allocates nothing.
                Chunk::Set { set, first } => {
                    if set.is_match(text) {
                        set.matches(text)
                            .iter()
                            .for_each(|index| found(first + index as PatternId));
                    }
                }
                Chunk::One(id) => {
                    if self.is_match(*id, text) {
                        found(*id);
                    }
                }
            }
        }
    }

    /// Whether one pattern is found in the text.
    pub(super) fn is_match(&self, id: PatternId, text: &str) -> bool {
        self.patterns[id as usize].is_match(text)
    }

    pub(super) fn len(&self) -> usize {
        self.patterns.len()
    }
}
