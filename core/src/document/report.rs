//! Collecting what is wrong with one file.

use std::{
    collections::HashSet,
    path::{Path, PathBuf},
    sync::Arc,
};

use super::{
    index::LineIndex,
    node::{Node, Problem, Span},
};
use crate::diagnostic::{Diagnostic, Place, Severity, SourceFile};

/// How many problems of one file are kept: a file of garbage must not cost more memory than its size deserves.
const MAX_PROBLEMS: usize = 10_000;

/// A file and what is wrong with it.
#[derive(Debug)]
pub(crate) struct Report {
    file: Arc<SourceFile>,
    index: LineIndex,
    diagnostics: Vec<Diagnostic>,
    errors: usize,
    dropped: usize,
    /// Other files that were read for this one, or could not be.
    beside: Vec<PathBuf>,
}

impl Report {
    pub(crate) fn new(file: Arc<SourceFile>) -> Report {
        let index = LineIndex::new(&file.text);
        Report { file, index, diagnostics: Vec::new(), errors: 0, dropped: 0, beside: Vec::new() }
    }

    pub(crate) fn file(&self) -> &Arc<SourceFile> {
        &self.file
    }

    /// Another file is looked at for this one.
    pub(crate) fn look_beside(&mut self, path: &Path) {
        self.beside.push(path.to_owned());
    }

    /// What was looked at beside the file.
    pub(crate) fn beside(&mut self) -> Vec<PathBuf> {
        std::mem::take(&mut self.beside)
    }

    pub(crate) fn index(&self) -> &LineIndex {
        &self.index
    }

    /// The place of a span, cut at the end of its line.
    pub(crate) fn place(&self, span: Span) -> Place {
        place(&self.file, &self.index, span)
    }

    /// How many errors there are: whoever reads a recipe compares it before and after.
    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    /// Whether nothing more is kept, and help need not be thought of.
    pub(crate) fn is_full(&self) -> bool {
        self.diagnostics.len() >= MAX_PROBLEMS
    }

    /// Adds an error.
    pub(crate) fn error(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> Noted<'_> {
        self.add(Severity::Error, code, span, message)
    }

    /// Adds a warning.
    pub(crate) fn warn(
        &mut self,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> Noted<'_> {
        self.add(Severity::Warning, code, span, message)
    }

    /// Adds a problem of this file.
    pub(crate) fn add(
        &mut self,
        severity: Severity,
        code: &'static str,
        span: Span,
        message: impl Into<String>,
    ) -> Noted<'_> {
        let (message, place) = (message.into(), Some(self.place(span)));
        self.push(Diagnostic { severity, code, message, help: None, place, related: None })
    }

    /// Adds a diagnostic of any file.
    pub(crate) fn push(&mut self, diagnostic: Diagnostic) -> Noted<'_> {
        if diagnostic.severity == Severity::Error {
            self.errors += 1;
        }
        if self.is_full() {
            self.dropped += 1;
            return Noted(None);
        }
        self.diagnostics.push(diagnostic);
        Noted(self.diagnostics.last_mut())
    }

    /// Adds what is wrong with a tree as YAML.
    pub(crate) fn problems(&mut self, node: &Node) {
        node.walk(&mut |node| node.problems.iter().for_each(|problem| self.problem(problem)));
    }

    /// Adds a problem of the text as YAML.
    pub(crate) fn problem(&mut self, problem: &Problem) {
        let related =
            problem.related.as_ref().map(|(what, span)| (what.clone(), self.place(*span)));
        let noted = self.error(problem.code, problem.span, problem.message.as_str());
        if let Noted(Some(diagnostic)) = noted {
            diagnostic.help.clone_from(&problem.help);
            diagnostic.related = related;
        }
    }

    /// Everything that was added, each problem once, in the order of the file (what an alias repeats is at fault in one place only).
    pub(crate) fn finish(mut self) -> Vec<Diagnostic> {
        let own = &self.file.path;
        self.diagnostics.sort_by(|a, b| order(a, own).cmp(&order(b, own)));
        let mut seen = HashSet::new();
        self.diagnostics.retain(|diagnostic| {
            let (_, path, offset) = order(diagnostic, own);
            seen.insert((path.to_owned(), offset, diagnostic.code, diagnostic.message.clone()))
        });
        if self.dropped > 0 {
            let message = format!("{} more problems of this file are not shown", self.dropped);
            let place = self.place(Span { start: self.file.text.len(), len: 0 });
            self.diagnostics.push(Diagnostic {
                severity: Severity::Error,
                code: "too-many-problems",
                message,
                help: None,
                place: Some(place),
                related: None,
            });
        }
        self.diagnostics
    }
}

/// What diagnostics are ordered by; scripts in files of their own come behind the document.
fn order<'d>(diagnostic: &'d Diagnostic, own: &Path) -> (bool, &'d Path, usize) {
    let (path, offset) = match &diagnostic.place {
        Some(place) => (&*place.file.path, place.offset),
        None => (Path::new(""), 0),
    };
    (path != own, path, offset)
}

/// The place of a span in a file, cut at the end of its line.
pub(crate) fn place(file: &Arc<SourceFile>, index: &LineIndex, span: Span) -> Place {
    let text = &file.text;
    let mut offset = span.start.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    let (line, column) = index.position(text, offset);
    let end = index.line_end(text, offset);
    let mut len = span.len.min(end - offset);
    while !text.is_char_boundary(offset + len) {
        len += 1;
    }
    if len == 0 && offset < end {
        len = text[offset..].chars().next().map_or(0, char::len_utf8);
    }
    Place { file: file.clone(), line, column, offset, len }
}

/// A diagnostic that was just added, and may be completed.
pub(crate) struct Noted<'r>(Option<&'r mut Diagnostic>);

impl Noted<'_> {
    /// Names the way out, where there is one.
    pub(crate) fn help(mut self, help: impl Into<Option<String>>) -> Self {
        if let (Noted(Some(diagnostic)), Some(help)) = (&mut self, help.into()) {
            diagnostic.help = Some(help);
        }
        self
    }

    /// Names a second place.
    pub(crate) fn related(mut self, what: impl Into<String>, place: Place) -> Self {
        if let Noted(Some(diagnostic)) = &mut self {
            diagnostic.related = Some((what.into(), place));
        }
        self
    }
}
