//! What is wrong with a file, and where.

use std::{path::Path, sync::Arc};

use serde::Serialize;

/// How bad it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The recipe loads.
    Warning,
    /// The recipe does not load; others do.
    Error,
}

/// A file that was read, kept for the lines that diagnostics show.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceFile {
    /// The path as the user gave it, or as it was found below a folder that the user gave.
    pub path: Arc<Path>,
    /// The whole text.
    pub text: Arc<str>,
}

/// A place in a file. Lines and columns count from 1, columns in characters.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub file: Arc<SourceFile>,
    /// The line.
    pub line: u32,
    /// The column.
    pub column: u32,
    /// The offset in bytes from the file's beginning.
    pub offset: usize,
    /// How many bytes the place covers, at least 1 where there is text.
    pub len: usize,
}

impl Place {
    /// The text of the line, without its end.
    #[must_use]
    pub fn source_line(&self) -> &str {
        const BREAKS: [char; 2] = ['\n', '\r'];
        let text = &*self.file.text;
        let Some((before, after)) = text.split_at_checked(self.offset) else { return "" };
        let start = before.rfind(BREAKS).map_or(0, |at| at + 1);
        let end = after.find(BREAKS).map_or(text.len(), |at| self.offset + at);
        &text[start..end]
    }
}

/// One problem.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Diagnostic {
    /// How bad it is.
    pub severity: Severity,
    /// A stable name for the kind of problem, in kebab-case (`unknown-field`).
    pub code: &'static str,
    /// What is wrong, naming the thing at fault.
    pub message: String,
    /// The way out, where there is one (`did you mean ...?`).
    pub help: Option<String>,
    /// Where; `None` only where a file could not be read, and then the message names it.
    pub place: Option<Place>,
    /// A second place that the message speaks of (the first recipe of that name).
    pub related: Option<(String, Place)>,
}
