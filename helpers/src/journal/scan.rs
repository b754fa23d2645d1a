//! Reading a journal, and finding what was done to it.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs::{self, File},
    io::{self, BufRead, BufReader, Read},
    ops::Range,
    path::Path,
};

use jiff::Timestamp;

use super::{
    HEAD, JOURNAL, Recent,
    entry::{Entry, Hash, Head, Line, Record, counts},
};

/// Bytes of a line that is taken for one.
const LONGEST: u64 = 1 << 20;

/// Something that no process of ours does to a journal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The line, from 1.
    pub line: u64,
    /// What is wrong there.
    pub what: String,
}

/// What a journal tells of itself.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Verdict {
    /// The last line.
    pub head: Head,
    /// What was done to it, in the order of lines.
    pub problems: Vec<Problem>,
    /// Intents without an outcome that no later start has told of: acts that are being done right now, or were when the process died.
    pub open: Vec<u64>,
    /// Intents without an outcome that a later start has told of.
    pub unfinished: u64,
    /// Bytes of an incomplete last line: a line that is being written right now, or was when the process died.
    pub torn: usize,
}

/// Looks through the journal of a folder. It must hold the line that the head beside it names, and those of `heads`, which were kept elsewhere.
///
/// # Errors
///
/// Where it cannot be read.
pub fn verify(folder: &Path, heads: &[Hash]) -> io::Result<Verdict> {
    // First the head: whoever writes meanwhile only goes on.
    let kept = head(folder);
    let mut wanted: Vec<(String, Hash)> =
        heads.iter().map(|hash| (hash.to_string(), *hash)).collect();
    let mut unreadable = None;
    match &kept {
        Ok(kept) if kept.line > 0 => {
            wanted
                .push((format!("{} (line {}, kept in `{HEAD}`)", kept.hash, kept.line), kept.hash));
        }
        Ok(_) => {}
        Err(error) => unreadable = Some(error.to_string()),
    }
    let mut chain = Chain::default();
    wanted.iter().for_each(|(_, hash)| chain.look_for(*hash));
    let torn = chain.read(&mut BufReader::new(File::open(folder.join(JOURNAL))?))?;
    let line = chain.head.line;
    for (name, hash) in &wanted {
        if *hash != Hash::default() && !chain.seen.contains(hash) {
            let what = format!(
                "no line is the head {name}: the end was cut, or the journal was written anew"
            );
            chain.problems.push(Problem { line, what });
        }
    }
    if let Some(why) = unreadable {
        let what =
            format!("the head beside it cannot be read ({why}), so a cut end cannot be seen");
        chain.problems.push(Problem { line, what });
    }
    Ok(Verdict {
        head: chain.head,
        problems: chain.problems,
        open: chain.open.into_iter().collect(),
        unfinished: chain.unfinished,
        torn: torn.map_or(0, |torn| torn.len()),
    })
}

/// The head that is kept beside a journal.
///
/// # Errors
///
/// Where there is none, or it cannot be read.
pub fn head(folder: &Path) -> io::Result<Head> {
    let text = fs::read_to_string(folder.join(HEAD))?;
    text.parse().map_err(|why: String| io::Error::new(io::ErrorKind::InvalidData, why))
}

/// The lines of a folder's journal.
///
/// # Errors
///
/// Where it cannot be opened.
pub fn lines(folder: &Path) -> io::Result<Lines<BufReader<File>>> {
    Ok(Lines::of(BufReader::new(File::open(folder.join(JOURNAL))?)))
}

/// Complete lines, one after the other.
#[derive(Debug)]
pub struct Lines<R> {
    from: R,
    number: u64,
    /// What stands behind the last complete line.
    torn: Option<Vec<u8>>,
}

impl<R: BufRead> Lines<R> {
    fn of(from: R) -> Lines<R> {
        Lines { from, number: 0, torn: None }
    }

    fn read(&mut self) -> io::Result<Option<Line>> {
        let mut text = Vec::new();
        self.from.by_ref().take(LONGEST).read_until(b'\n', &mut text)?;
        if text.pop_if(|byte| *byte == b'\n').is_none() {
            if text.len() as u64 == LONGEST {
                return Err(io::Error::new(io::ErrorKind::InvalidData, "a line has no end"));
            }
            self.torn = (!text.is_empty()).then_some(text);
            return Ok(None);
        }
        self.number += 1;
        let record = serde_json::from_slice(&text).ok();
        Ok(Some(Line { number: self.number, hash: Hash::of(&text), record, text }))
    }
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = io::Result<Line>;

    fn next(&mut self) -> Option<io::Result<Line>> {
        if self.torn.is_some() { None } else { self.read().transpose() }
    }
}

/// Lines that are looked at one after the other.
#[derive(Debug, Default)]
pub(super) struct Chain {
    pub(super) head: Head,
    /// Bytes of all complete lines.
    pub(super) length: u64,
    pub(super) problems: Vec<Problem>,
    pub(super) open: BTreeSet<u64>,
    unfinished: u64,
    wanted: BTreeSet<Hash>,
    pub(super) seen: BTreeSet<Hash>,
    remembered: Option<Range<Timestamp>>,
    /// What was done in the time to remember, or may have been, by the numbers of the intents.
    pub(super) recent: BTreeMap<u64, Recent>,
}

impl Chain {
    /// A hash that some line should have.
    pub(super) fn look_for(&mut self, hash: Hash) {
        self.wanted.insert(hash);
    }

    /// Remembers what was done between two times.
    pub(super) fn remember(&mut self, from: Timestamp, to: Timestamp) {
        self.remembered = Some(from..to);
    }

    /// Reads to the end; gives what stands behind the last complete line.
    pub(super) fn read(&mut self, from: &mut impl BufRead) -> io::Result<Option<Vec<u8>>> {
        let mut lines = Lines::of(from);
        for line in lines.by_ref() {
            self.take(&line?);
        }
        Ok(lines.torn)
    }

    fn take(&mut self, line: &Line) {
        self.length += line.text.len() as u64 + 1;
        let number = line.number;
        let due = self.head.line.saturating_add(1);
        let problem = match &line.record {
            None => Some("it is no line of a journal".to_owned()),
            Some(record) if record.n != due => Some(format!(
                "it is number {} in the place of {due}: lines were removed, added or moved",
                record.n
            )),
            Some(record) if record.prev != self.head.hash => Some(match number {
                1 => "it is not the first: what came before was removed".to_owned(),
                _ => format!("it does not follow line {}: one of the two was changed", number - 1),
            }),
            Some(_) => None,
        };
        self.problems.extend(problem.map(|what| Problem { line: number, what }));
        if let Some(record) = &line.record {
            self.account(number, record);
        }
        if self.wanted.contains(&line.hash) {
            self.seen.insert(line.hash);
        }
        // Each line is judged by the one before it as it stands, so that one change is one problem.
        let line_number = line.record.as_ref().map_or(due, |record| record.n);
        self.head = Head { line: line_number, hash: line.hash };
    }

    fn account(&mut self, line: u64, record: &Record) {
        match &record.entry {
            Entry::Intent { recipe, kind, .. } => {
                self.open.insert(record.n);
                let remembered = self.remembered.as_ref();
                if let (Some(kind), true) =
                    (*kind, remembered.is_some_and(|times| times.contains(&record.time)))
                {
                    let one = Recent { recipe: recipe.clone(), kind, time: record.time };
                    self.recent.insert(record.n, one);
                }
            }
            Entry::Outcome { of, result, note, .. } => {
                if !counts(*result, note) {
                    self.recent.remove(of);
                }
                if !self.open.remove(of) {
                    let what = format!("it is the outcome of {of}, which is no open intent");
                    self.problems.push(Problem { line, what });
                }
            }
            Entry::Crash { unfinished, .. } => {
                for of in unfinished {
                    self.unfinished += u64::from(self.open.remove(of));
                }
            }
            Entry::Reset { recipes, .. } => {
                self.recent.retain(|_, one| !recipes.contains(&one.recipe))
            }
            Entry::Start { .. }
            | Entry::Tripped { .. }
            | Entry::Refused { .. }
            | Entry::LeftOut { .. } => {}
        }
    }
}
