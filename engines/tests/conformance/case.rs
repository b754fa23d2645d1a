//! What a case says: `case.yaml`, read and checked.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};

use serde::Deserialize;

/// `case.yaml`.
///
/// Where a language has dialects, of which a build has one (`lua`: `luau`, `lua54`, `luajit`), `expect_in`, `skip` and `only` may name a dialect in the place of
/// the language; what `expect_in` says of the dialect replaces what it says of the language.
///
/// In every text `$DIR` is the case's own folder below `/tmp`, where `folder` puts files; in events `$LARGE` is a text of a million `x`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// What the case proves, for people.
    pub(crate) about: String,
    /// The events, in order; one empty `execution` event where there is none.
    #[serde(default)]
    pub(crate) events: Vec<serde_json::Value>,
    /// Fields of the recipe that holds the reaction; its name is `case`.
    #[serde(default)]
    pub(crate) recipe: serde_json::Map<String, serde_json::Value>,
    /// Capabilities granted beyond the standard ones, or narrowed.
    #[serde(default)]
    pub(crate) grant: Vec<String>,
    /// Capabilities taken away.
    #[serde(default)]
    pub(crate) revoke: Vec<String>,
    /// Entries of the protect list.
    #[serde(default)]
    pub(crate) protect: Vec<String>,
    /// `emergency: armed`.
    #[serde(default)]
    pub(crate) armed: bool,
    /// Milliseconds; the case then also proves that each reaction ends within twice that.
    pub(crate) timeout_ms: Option<u64>,
    /// Milliseconds within which each reaction must have ended, where that is less.
    pub(crate) within_ms: Option<u64>,
    /// MiB; in a child process the case then also proves that the process stays within that and its own needs.
    pub(crate) memory_mib: Option<usize>,
    /// Counted helper calls.
    pub(crate) helper_calls: Option<u32>,
    /// Bytes.
    pub(crate) output: Option<usize>,
    /// Files in `$DIR`.
    #[serde(default)]
    pub(crate) folder: BTreeMap<String, File>,
    /// What is stored before.
    #[serde(default)]
    pub(crate) stored: BTreeMap<String, String>,
    /// What must happen, an entry for each event; one entry stands for all.
    pub(crate) expect: Vec<Expect>,
    /// What a language words or places in its own way: entries as in `expect`, whose fields replace those there.
    #[serde(default)]
    pub(crate) expect_in: BTreeMap<String, Vec<Expect>>,
    /// What must be stored afterwards, whole; absent: not looked at.
    pub(crate) data: Option<BTreeMap<String, String>>,
    /// The regular files that `$DIR` must hold afterwards, and their content; absent: not looked at.
    pub(crate) disk: Option<BTreeMap<String, String>>,
    /// Languages that have no file, and why.
    #[serde(default)]
    pub(crate) skip: BTreeMap<String, String>,
    /// The only languages that have a file, and why the others have none.
    pub(crate) only: Option<BTreeMap<String, String>>,
    /// Where it stands.
    #[serde(skip)]
    pub(crate) at: PathBuf,
}

/// A file of a case's folder.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
pub(crate) enum File {
    /// Its text.
    Text(String),
    /// What else it is.
    Special(Special),
}

/// Exactly one of these.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Special {
    /// So many bytes of `x`.
    Size(usize),
    /// These bytes.
    Bytes(Vec<u8>),
    /// A link to this.
    Symlink(String),
    /// A directory; the value is null.
    Folder(()),
    /// A named pipe; the value is null.
    Fifo(()),
}

/// How an invocation must end and what it must have said and done. In every text `[...]` stands for anything.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expect {
    /// `ok` where absent; `timeout|memory` where either is right.
    pub(crate) status: Option<String>,
    /// A part of the error's message.
    pub(crate) error: Option<String>,
    /// The longest that the message may be, in bytes.
    pub(crate) error_at_most: Option<usize>,
    /// Where: `line` or `line:column` in the reaction's file.
    pub(crate) at: Option<String>,
    /// The first lines of the trace.
    pub(crate) trace: Option<Vec<String>>,
    /// `level: message`, all of them in order; none where absent.
    pub(crate) log: Option<Lines>,
    /// How many log messages there are, where they are too many to write down.
    pub(crate) log_count: Option<usize>,
    /// `Helper(args) = result`, or `Helper(args) = result: errno`, all of them in order; none where absent. A `~` before one says that its record is cut.
    pub(crate) actions: Option<Lines>,
}

/// Lines, or `any`.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum Lines {
    /// These.
    These(Vec<String>),
    /// Not looked at.
    Word(Word),
}

/// A word in place of lines.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Word {
    /// Whatever it is.
    Any,
}

impl Case {
    /// Reads and checks the case of a folder.
    pub(crate) fn read(folder: &Path) -> Result<Case, String> {
        let file = folder.join("case.yaml");
        let fault = |what: &dyn std::fmt::Display| format!("{}: {what}", file.display());
        let text = fs::read_to_string(&file).map_err(|error| fault(&error))?;
        let mut case: Case = serde_saphyr::from_str(&text).map_err(|error| fault(&error))?;
        let reasons = case.skip.values().chain(case.only.iter().flat_map(BTreeMap::values));
        if case.about.is_empty() || reasons.into_iter().any(String::is_empty) {
            return Err(fault(&"say what the case proves, and why a language has no file"));
        }
        let events = case.events.len().max(1);
        let counts = case.expect_in.values().chain([&case.expect]).map(Vec::len);
        if counts.into_iter().any(|count| count != 1 && count != events) {
            return Err(fault(&"`expect` has one entry, or one for each event"));
        }
        case.at = folder.to_owned();
        Ok(case)
    }

    /// Whether it proves a time.
    pub(crate) fn is_timed(&self) -> bool {
        self.timeout_ms.is_some() || self.within_ms.is_some()
    }

    /// Whether a language needs no file.
    pub(crate) fn skips(&self, format: &str) -> bool {
        let names = [format, dialect(format)];
        let is_in =
            |map: &BTreeMap<String, String>| names.iter().any(|name| map.contains_key(*name));
        is_in(&self.skip) || self.only.as_ref().is_some_and(|only| !is_in(only))
    }

    /// What one event must lead to in a language.
    pub(crate) fn expected(&self, format: &str, event: usize) -> Expect {
        let of = |entries: &[Expect]| entries.get(event).or(entries.last()).cloned();
        let mut expected = of(&self.expect).unwrap_or_default();
        let mut names = vec![format, dialect(format)];
        names.dedup();
        for own in names.into_iter().filter_map(|name| of(self.expect_in.get(name)?)) {
            expected = own.over(expected);
        }
        expected
    }
}

impl Expect {
    /// Fills what this does not say from another.
    fn over(self, other: Expect) -> Expect {
        Expect {
            status: self.status.or(other.status),
            error: self.error.or(other.error),
            error_at_most: self.error_at_most.or(other.error_at_most),
            at: self.at.or(other.at),
            trace: self.trace.or(other.trace),
            log: self.log.or(other.log),
            log_count: self.log_count.or(other.log_count),
            actions: self.actions.or(other.actions),
        }
    }
}

/// The dialect of a language that this build has; the language itself where it has none.
fn dialect(format: &str) -> &str {
    match format {
        "lua" if cfg!(feature = "lua54") => "lua54",
        "lua" if cfg!(feature = "luajit") => "luajit",
        "lua" => "luau",
        other => other,
    }
}

/// The folders that hold a case, in order.
pub(crate) fn folders(corpus: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    let Ok(entries) = fs::read_dir(corpus) else { return found };
    let mut paths: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.sort();
    for path in paths.into_iter().filter(|path| path.is_dir()) {
        if path.join("case.yaml").is_file() {
            found.push(path);
        } else {
            found.extend(folders(&path));
        }
    }
    found
}
