//! A line of the journal, and how it is written.

use std::{fmt, io, str::FromStr};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json, json};
use sha2::{Digest, Sha256};

use crate::{
    budget::{Kind, Trip},
    texts,
};

/// A SHA-256.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Hash([u8; 32]);

impl Hash {
    /// Of some bytes.
    #[must_use]
    pub fn of(bytes: &[u8]) -> Hash {
        Hash(Sha256::digest(bytes).into())
    }
}

impl Hash {
    /// Of all that can be read, piece by piece.
    pub(crate) fn of_content(mut from: impl io::Read) -> io::Result<Hash> {
        let (mut digest, mut piece) = (Sha256::new(), vec![0; 1 << 16]);
        loop {
            match from.read(&mut piece)? {
                0 => return Ok(Hash(digest.finalize().into())),
                length => digest.update(&piece[..length]),
            }
        }
    }
}

impl fmt::Display for Hash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl FromStr for Hash {
    type Err = String;

    fn from_str(text: &str) -> Result<Hash, String> {
        let mut hash = [0; 32];
        if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
            return Err("a head is a SHA-256: 64 hexadecimal digits".to_owned());
        }
        for (byte, digits) in hash.iter_mut().zip(text.as_bytes().chunks(2)) {
            let digit = |digit: u8| char::from(digit).to_digit(16).unwrap_or_default() as u8;
            *byte = digit(digits[0]) << 4 | digit(digits[1]);
        }
        Ok(Hash(hash))
    }
}

impl Serialize for Hash {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Hash {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Hash, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

/// The last line of a journal.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Head {
    /// Its number, from 1; 0 where there is none.
    pub line: u64,
    /// Its hash; zeros where there is none.
    pub hash: Hash,
}

impl fmt::Display for Head {
    /// Of one length, so that it is replaced by one write.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:020} {}", self.line, self.hash)
    }
}

impl FromStr for Head {
    type Err = String;

    fn from_str(text: &str) -> Result<Head, String> {
        let (line, hash) = text.trim_end().split_once(' ').ok_or("it is no number and hash")?;
        Ok(Head { line: line.parse().map_err(|_| "it has no number")?, hash: hash.parse()? })
    }
}

/// What a line says, with what all lines have.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The line's number, from 1.
    pub n: u64,
    /// The hash of the line before.
    pub prev: Hash,
    /// When it was written, by this machine's clock.
    pub time: Timestamp,
    /// What it says.
    #[serde(flatten)]
    pub entry: Entry,
}

/// What a line says.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[non_exhaustive]
#[allow(missing_docs, reason = "the module's table says it")]
pub enum Entry {
    Start {
        command: String,
        version: String,
        pid: u32,
        boot_id: String,
    },
    Crash {
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        unfinished: Vec<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        torn: Option<Json>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lost: Option<u64>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        broken: Option<u64>,
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        headless: bool,
    },
    Intent {
        recipe: String,
        reaction: usize,
        uuid: String,
        helper: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        kind: Option<Kind>,
        at: Timestamp,
        args: Map<String, Json>,
    },
    Refused {
        recipe: String,
        reaction: usize,
        uuid: String,
        helper: String,
        at: Timestamp,
        args: Vec<Json>,
        why: String,
    },
    LeftOut {
        recipe: String,
        refusals: u64,
    },
    Tripped {
        recipe: String,
        #[serde(flatten)]
        trip: Trip,
    },
    Reset {
        recipes: Vec<String>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<By>,
    },
    Outcome {
        of: u64,
        result: Came,
        #[serde(default, skip_serializing_if = "String::is_empty")]
        note: String,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        replaced: Option<Replaced>,
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        ended: Vec<Ended>,
    },
}

/// A lease on a block that was ended, so that this can be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// Whose it was; `""` for an operator's.
    pub recipe: String,
    /// Because of which event.
    pub event: String,
    /// When it would have ended by this machine's clock; `None`: never.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub until: Option<Timestamp>,
}

/// Who asked for something from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct By {
    /// The user.
    pub uid: u32,
    /// The process.
    pub pid: i32,
}

/// A file that was written, and what it held before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Replaced {
    /// Its resolved path.
    pub path: String,
    /// The hash of what was written.
    pub written: Hash,
    /// What was there.
    pub before: Before,
}

impl Replaced {
    /// One that cannot be undone.
    pub(crate) fn not(why: &str) -> Replaced {
        let before = Before::NotKept { why: why.to_owned() };
        Replaced { path: String::new(), written: Hash::default(), before }
    }
}

/// What was there before a file was written.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Before {
    /// No file.
    Nothing,
    /// A file, whose content is kept.
    File {
        /// The hash of the content.
        sha256: Hash,
        /// And of its extended attributes, where it has any; they are kept as contents are.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        attributes: Option<Hash>,
        /// Its permissions (inode(7)).
        mode: u32,
        /// Whose it was.
        uid: u32,
        /// And of which group.
        gid: u32,
    },
    /// A file, whose content is not kept.
    NotKept {
        /// Why.
        why: String,
    },
}

/// What came of an act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Came {
    /// It was done.
    Done,
    /// It was so already.
    Already,
    /// It was not done, or not wholly.
    Failed,
}

/// Whether what ended so used up a budget.
pub(crate) fn counts(result: Came, note: &str) -> bool {
    match result {
        Came::Done => true,
        Came::Already => false,
        // What has had its signal will go.
        Came::Failed => [texts::NOT_YET_GONE, texts::FAILED_INSIDE].contains(&note),
    }
}

impl Entry {
    /// What came of an act of which there is no more to say.
    pub fn outcome(of: u64, result: Came, note: impl Into<String>) -> Entry {
        Entry::Outcome { of, result, note: note.into(), replaced: None, ended: Vec::new() }
    }

    /// That this process writes from here on.
    pub(super) fn start(command: &str) -> Entry {
        let boot_id = std::fs::read_to_string("/proc/sys/kernel/random/boot_id");
        Entry::Start {
            command: command.to_owned(),
            version: env!("CARGO_PKG_VERSION").to_owned(),
            pid: std::process::id(),
            boot_id: boot_id.unwrap_or_default().trim().to_owned(),
        }
    }
}

/// Bytes of a text that a line holds whole.
const LONGEST: usize = 256;

/// A text as a line holds it: whole, or its length in bytes, its hash and how it begins.
pub(crate) fn text(bytes: &[u8]) -> Json {
    match str::from_utf8(bytes) {
        Ok(text) if text.len() <= LONGEST => Json::from(text),
        _ => {
            let begins = String::from_utf8_lossy(&bytes[..bytes.len().min(LONGEST)]);
            let begins = begins.trim_end_matches('\u{fffd}');
            json!({ "length": bytes.len(), "sha256": Hash::of(bytes).to_string(), "prefix": begins })
        }
    }
}

impl Record {
    /// The line, with its end. It is ASCII, so that no terminal obeys what an attacker named.
    pub(super) fn line(&self) -> Vec<u8> {
        let json = serde_json::to_string(self).unwrap_or_default();
        let mut line = String::with_capacity(json.len() + 1);
        for c in json.chars() {
            if c.is_ascii() && c != '\u{7f}' {
                line.push(c);
            } else {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    line.push_str(&format!("\\u{unit:04x}"));
                }
            }
        }
        line.push('\n');
        line.into_bytes()
    }
}

/// A line as it was read.
#[derive(Debug, Clone, PartialEq)]
pub struct Line {
    /// Its place in the file, from 1.
    pub number: u64,
    /// Its hash.
    pub hash: Hash,
    /// What it says, where it can be read.
    pub record: Option<Record>,
    /// The line itself, without its end.
    pub text: Vec<u8>,
}
