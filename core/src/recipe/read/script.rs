//! Where a reaction's text stands: in the recipe file, or in a file of its own.

use std::{path::Path, sync::Arc};

use super::super::SourceMap;
use crate::{
    diagnostic::{Place, SourceFile},
    document::{
        LineIndex, MAX_SCRIPT, Node, Report, Scalar, Span, Style, Unread, place, read_up_to,
    },
    engine::Position,
};

/// Reads a script of its own: a regular file, or a descriptor that is open already (`/dev/stdin`, a shell's `<(…)`), of UTF-8 text and at most 1 MiB.
///
/// # Errors
///
/// Why it cannot be had.
pub fn read(path: &Path) -> Result<Arc<SourceFile>, String> {
    read_up_to(path, MAX_SCRIPT).map_err(|unread| match unread {
        Unread::Io(error) => error.to_string(),
        Unread::NotRegular => "it is no regular file".to_owned(),
        Unread::TooLarge => format!("it is larger than {} KiB", MAX_SCRIPT >> 10),
        Unread::NotUtf8(_) => "it is not UTF-8 text".to_owned(),
    })
}

/// A reaction's text and the way back to where its author wrote it.
pub(super) struct Script {
    pub(super) text: Arc<str>,
    pub(super) map: SourceMap,
    /// Where `code` or `file` stands in the recipe file.
    pub(super) at: Span,
    /// The file of its own.
    own: Option<(Arc<SourceFile>, LineIndex)>,
    /// Whether the map is exact for every line.
    exact: bool,
}

impl Script {
    /// The text of `code`; `None` where it is too large, which is reported.
    pub(super) fn inline(node: &Node, scalar: &Scalar, report: &mut Report) -> Option<Script> {
        if scalar.text.len() as u64 > MAX_SCRIPT {
            let what = format!("the code is larger than {} KiB", MAX_SCRIPT >> 10);
            report.error("too-large", node.span, what);
            return None;
        }
        let file = report.file();
        let (line, column) = report.index().position(&file.text, node.span.start);
        let raw = &file.text[node.span.start..node.span.start + node.span.len];
        let map = |first_line, indent, first_column| SourceMap {
            file: file.path.clone(),
            first_line,
            indent,
            first_column,
        };
        let block =
            matches!(scalar.style, Style::Literal | Style::Folded) && !scalar.text.is_empty();
        let (map, exact) = if block {
            // The span begins at the first line that is not empty, behind the indentation.
            let empty = scalar.text.len() - scalar.text.trim_start_matches('\n').len();
            let first = line.saturating_sub(empty as u32).max(1);
            (map(first, column - 1, 0), scalar.style == Style::Literal)
        } else {
            let quote = u32::from(scalar.style == Style::Quoted);
            let within = raw.get(quote as usize..raw.len().saturating_sub(quote as usize));
            (
                map(line, 0, column - 1 + quote),
                within == Some(&*scalar.text) && !raw.contains(['\n', '\r']),
            )
        };
        let text = scalar.text.as_str().into();
        Some(Script { text, map, at: node.span, own: None, exact })
    }

    /// The text of a file beside the recipe file; `None` where it cannot be had, which is reported.
    pub(super) fn of_file(node: &Node, name: &str, report: &mut Report) -> Option<Script> {
        let name = Path::new(name);
        if name.is_absolute() {
            report
                .error("bad-path", node.span, format!("`{}` is not relative", name.display()))
                .help("the path is relative to the recipe file".to_owned());
            return None;
        }
        let folder = report.file().path.parent().unwrap_or(Path::new(""));
        let path = folder.join(name);
        report.look_beside(&path);
        let file = match read_up_to(&path, MAX_SCRIPT) {
            Ok(file) => file,
            Err(Unread::NotRegular) => {
                let what = format!("{} is no regular file", path.display());
                report.error("unreadable", node.span, what);
                return None;
            }
            Err(Unread::Io(error)) => {
                report.error(
                    "unreadable",
                    node.span,
                    format!("cannot read {}: {error}", path.display()),
                );
                return None;
            }
            Err(Unread::TooLarge) => {
                let what = format!("{} is larger than {} KiB", path.display(), MAX_SCRIPT >> 10);
                report.error("too-large", node.span, what);
                return None;
            }
            Err(Unread::NotUtf8(diagnostic)) => {
                report.push(*diagnostic);
                return None;
            }
        };
        let map = SourceMap { file: file.path.clone(), first_line: 1, indent: 0, first_column: 0 };
        let index = LineIndex::new(&file.text);
        let (text, at) = (file.text.clone(), node.span);
        Some(Script { text, map, at, own: Some((file, index)), exact: true })
    }

    /// The place of a position in the text and what to add to a message: where the place is only that of the whole, the position within.
    pub(super) fn place(
        &self,
        at: Option<Position>,
        len: usize,
        report: &Report,
    ) -> (Place, String) {
        let (file, index) = match &self.own {
            Some((file, index)) => (file, index),
            None => (report.file(), report.index()),
        };
        let whole = if self.own.is_some() { Span { start: 0, len: 1 } } else { self.at };
        let Some(at) = at else { return (place(file, index, whole), String::new()) };
        let mapped = self.map.place(at);
        let offset = index.offset(&file.text, mapped.line, mapped.column).map(|offset| {
            if mapped.column > 0 {
                return offset;
            }
            // The language tells lines only: what stands first on it.
            let line = &file.text[offset..index.line_end(&file.text, offset)];
            offset + line.len() - line.trim_start().len()
        });
        // An inexact map may lead past the end of a line or of the scalar: then only the whole is certain.
        let within = |offset: &usize| {
            (whole.start..whole.start + whole.len).contains(offset)
                && index.position(&file.text, *offset).1 == mapped.column
        };
        match offset.filter(|offset| self.exact || within(offset)) {
            Some(start) if self.exact => (place(file, index, Span { start, len }), String::new()),
            offset => {
                let span = offset.map_or(whole, |start| Span { start, len });
                let within = match at.column {
                    0 => format!(" (line {} of the code)", at.line),
                    column => format!(" (line {}, column {column} of the code)", at.line),
                };
                (place(file, index, span), within)
            }
        }
    }
}
