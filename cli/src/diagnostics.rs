//! Problems of files: through miette for people, as JSON objects for programs.

use std::io::{self, Write};

use miette::{
    Diagnostic as _, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError,
    MietteSpanContents, SourceCode, SourceSpan, SpanContents,
};
use reactant_core::diagnostic::{Diagnostic, Place, Severity};
use reactant_sensor::SourceError;
use serde::Serialize;

use crate::{
    args::OutputFormat,
    escape::{escaped, harmless_json},
    excerpt::Excerpt,
};

/// How wide messages are wrapped, in columns.
const WIDTH: usize = 100;

/// Writes one problem.
pub(crate) fn write(
    out: &mut dyn Write,
    format: OutputFormat,
    color: bool,
    diagnostic: &Diagnostic,
) -> io::Result<()> {
    match format {
        OutputFormat::Human => {
            out.write_all(render(diagnostic, color).as_bytes())?;
            out.write_all(b"\n")
        }
        OutputFormat::Json => {
            let place = diagnostic.place.as_ref();
            let line = Line {
                r#type: "diagnostic",
                severity: diagnostic.severity,
                code: diagnostic.code,
                file: place.map(|place| place.file.path.display().to_string()),
                line: place.map(|place| place.line),
                column: place.map(|place| place.column),
                message: &diagnostic.message,
                help: diagnostic.help.as_deref(),
                related: diagnostic.related.as_ref().map(|(message, place)| Related {
                    message,
                    file: place.file.path.display().to_string(),
                    line: place.line,
                    column: place.column,
                }),
            };
            write_line(out, &line)
        }
    }
}

fn write_line(out: &mut dyn Write, line: &Line<'_>) -> io::Result<()> {
    out.write_all(harmless_json(&serde_json::to_string(line)?).as_bytes())?;
    out.write_all(b"\n")
}

/// Writes a fault of a recording as JSON, in the same fields.
pub(crate) fn write_fault(out: &mut dyn Write, fault: &SourceError) -> io::Result<()> {
    let (input, line) = match fault {
        SourceError::Event { input, line, .. }
        | SourceError::Read { input, line, .. }
        | SourceError::Parser { input, line } => (Some(input), Some(line)),
        SourceError::Open { input, .. }
        | SourceError::Directory { input }
        | SourceError::Header { input } => (Some(input), None),
        _ => (None, None),
    };
    let line = Line {
        r#type: "diagnostic",
        severity: Severity::Error,
        code: if fault.is_invalid_event() { "invalid-event" } else { "unreadable" },
        file: input.map(|input| input.to_string()),
        line: line.and_then(|line| u32::try_from(*line).ok()),
        column: None,
        message: &fault.to_string(),
        help: None,
        related: None,
    };
    write_line(out, &line)
}

/// The fields of `cli.md`, in its order.
#[derive(Serialize)]
struct Line<'a> {
    r#type: &'static str,
    severity: Severity,
    code: &'static str,
    file: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
    message: &'a str,
    help: Option<&'a str>,
    /// A second place that the message speaks of; only where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    related: Option<Related<'a>>,
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'a str,
    file: String,
    line: u32,
    column: u32,
}

fn render(diagnostic: &Diagnostic, color: bool) -> String {
    let theme = if color { GraphicalTheme::unicode() } else { GraphicalTheme::unicode_nocolor() };
    let handler = GraphicalReportHandler::new_themed(theme)
        .with_width(WIDTH)
        .with_links(false)
        .with_context_lines(0);
    let related = diagnostic.related.as_ref().map(|(message, place)| Shown {
        severity: miette::Severity::Advice,
        code: None,
        message: escaped(message),
        help: None,
        source: Some(Source::of(place)),
        related: None,
    });
    let shown = Shown {
        severity: match diagnostic.severity {
            Severity::Error => miette::Severity::Error,
            Severity::Warning => miette::Severity::Warning,
        },
        code: Some(diagnostic.code),
        message: escaped(&diagnostic.message),
        help: diagnostic.help.as_deref().map(escaped),
        source: diagnostic.place.as_ref().map(Source::of),
        related: related.map(Box::new),
    };
    let mut text = String::new();
    match handler.render_report(&mut text, &shown) {
        Ok(()) => text,
        // miette gives no reason; the message is never lost.
        Err(_) => format!(
            "{}: {}\n",
            shown.code().map_or_else(String::new, |code| code.to_string()),
            shown.message
        ),
    }
}

/// A diagnostic as miette takes it, every text in it made harmless.
#[derive(Debug)]
struct Shown {
    severity: miette::Severity,
    code: Option<&'static str>,
    message: String,
    help: Option<String>,
    source: Option<Source>,
    related: Option<Box<Shown>>,
}

impl std::fmt::Display for Shown {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.message)
    }
}

impl std::error::Error for Shown {}

impl miette::Diagnostic for Shown {
    fn code<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new(self.code?))
    }

    fn severity(&self) -> Option<miette::Severity> {
        Some(self.severity)
    }

    fn help<'a>(&'a self) -> Option<Box<dyn std::fmt::Display + 'a>> {
        Some(Box::new(self.help.as_ref()?))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (start, len) = self.source.as_ref()?.excerpt.bytes();
        Some(Box::new(std::iter::once(LabeledSpan::new(None, start, len))))
    }

    fn related<'a>(&'a self) -> Option<Box<dyn Iterator<Item = &'a dyn miette::Diagnostic> + 'a>> {
        let related: &dyn miette::Diagnostic = self.related.as_deref()?;
        Some(Box::new(std::iter::once(related)))
    }
}

/// The one line that miette gets to see of a file.
#[derive(Debug)]
struct Source {
    name: String,
    excerpt: Excerpt,
}

impl Source {
    fn of(place: &Place) -> Source {
        let line = place.source_line();
        // The place's length is in bytes and may reach over the line's end.
        let end = place.file.text.get(place.offset..place.offset + place.len);
        let len = end.map_or(1, |text| text.lines().next().unwrap_or_default().chars().count());
        Source {
            name: escaped(place.file.path.display()),
            excerpt: Excerpt::new(line, place.line, place.column, len),
        }
    }
}

impl SourceCode for Source {
    fn read_span<'a>(
        &'a self,
        _span: &SourceSpan,
        _before: usize,
        _after: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let text = &self.excerpt.text;
        Ok(Box::new(MietteSpanContents::new_named(
            self.name.clone(),
            text.as_bytes(),
            (0, text.len()).into(),
            self.excerpt.line.saturating_sub(1) as usize,
            self.excerpt.column.saturating_sub(1) as usize,
            1,
        )))
    }
}

#[cfg(test)]
mod tests {
    use std::{path::Path, sync::Arc};

    use reactant_core::diagnostic::SourceFile;

    use super::*;
    use crate::escape::is_hostile;

    fn place(path: &str, text: &str, line: u32, column: u32, part: &str) -> Place {
        let offset = text.find(part).unwrap();
        let file = SourceFile { path: Path::new(path).into(), text: text.into() };
        Place { file: Arc::new(file), line, column, offset, len: part.len() }
    }

    fn problem(place: Place) -> Diagnostic {
        Diagnostic {
            severity: Severity::Error,
            code: "unknown-field",
            message: "unknown field `\x1b[31mnmae`".to_owned(),
            help: Some("did you mean `name`?".to_owned()),
            place: Some(place),
            related: None,
        }
    }

    #[test]
    fn a_problem_shows_place_line_and_suggestion() {
        let place = place("a.yaml", "- kind: x\n  nmae: y\n", 2, 3, "nmae");
        let text = render(&problem(place), false);
        for part in ["unknown-field", "[a.yaml:2:3]", "nmae: y", "────", "did you mean `name`?"]
        {
            assert!(text.contains(part), "{part} in {text}");
        }
    }

    #[test]
    fn hostile_text_reaches_the_terminal_escaped() {
        let place = place("a\x1b]0;x\x07.yaml", "\u{202e}nmae: \x1b[2J", 1, 2, "nmae");
        let text = render(&problem(place), false);
        assert!(!text.contains(|c| c != '\n' && is_hostile(c)), "{text}");
        assert!(text.contains("a\\u{1b}]0;x\\u{7}.yaml:1:2"));
    }

    #[test]
    fn json_has_the_fields_of_the_interface_in_order() {
        let mut out = Vec::new();
        let mut problem = problem(place("a.yaml", "nmae: y", 1, 1, "nmae"));
        problem.message = "unknown field".to_owned();
        write(&mut out, OutputFormat::Json, false, &problem).unwrap();
        let expected = r#"{"type":"diagnostic","severity":"error","code":"unknown-field","file":"a.yaml","line":1,"column":1,"message":"unknown field","help":"did you mean `name`?"}"#;
        assert_eq!(String::from_utf8(out).unwrap(), format!("{expected}\n"));
        let mut out = Vec::new();
        let other = place("b.yaml", "name: \u{9b}y", 1, 7, "\u{9b}y");
        problem.related = Some(("the other is here".to_owned(), other));
        problem.message = "\u{202e}".to_owned();
        write(&mut out, OutputFormat::Json, false, &problem).unwrap();
        let line = String::from_utf8(out).unwrap();
        assert!(line.contains(r#""message":"\u202e""#), "{line}");
        let related =
            r#","related":{"message":"the other is here","file":"b.yaml","line":1,"column":7}}"#;
        assert!(line.ends_with(&format!("{related}\n")), "{line}");
    }
}
