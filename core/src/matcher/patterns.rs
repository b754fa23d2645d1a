//! Regular expressions, many at once.

use std::{collections::HashMap, ops::Range};

use regex::{Regex, RegexSet};

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
    /// One that is quicker alone, or too large for a set.
    One(PatternId),
}

/// Up to so many patterns, each is searched for alone: a set's one pass costs as much as a few searches.
const FEW: usize = 3;

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
        if range.len() <= FEW {
            self.chunks.extend(range.map(|id| Chunk::One(id as PatternId)));
            return;
        }
        match RegexSet::new(self.patterns[range.clone()].iter().map(Regex::as_str)) {
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
                // The first question stops at the first match and allocates nothing; most texts match no pattern.
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
