//! Where in a script's text something stands: the engine's own places, put right, and places of errors that the engine gives none.
//!
//! The engine counts columns in bytes. And two kinds of early error come without a place: what the compiler of regular expressions finds, and a private
//! name that no class declares.

use reactant_core::engine::{Frame, Position, ScriptError};

/// How many places of a private name are looked at.
const NAMES: usize = 64;

/// Puts the places of an error right.
pub(crate) fn put_right(error: &mut ScriptError, text: &str) {
    let lines = Lines::of(text);
    let places = error.trace.iter_mut().filter_map(|Frame { at, .. }| at.as_mut());
    for at in places.chain(error.at.as_mut()) {
        *at = lines.position(lines.offset(*at));
    }
}

/// Whether the word stands at a place.
pub(crate) fn begins(text: &str, at: Position, word: &str) -> bool {
    let offset = Lines::of(text).offset(at);
    text.get(offset..).is_some_and(|rest| rest.starts_with(word))
}

/// The place of an early error that has none, found by compiling parts of the text; `compile` gives the error of one, with the engine's place.
pub(crate) fn find(
    text: &str,
    error: &ScriptError,
    mut compile: impl FnMut(&str) -> Option<ScriptError>,
) -> Option<Position> {
    if !error.message.starts_with("SyntaxError: ") {
        return None;
    }
    let lines = Lines::of(text);
    if let Some((_, name)) = error.message.split_once("undefined private field '") {
        let offset = private(text, &lines, name.strip_suffix('\'')?, error, &mut compile)?;
        return Some(lines.position(offset));
    }
    let at = literal(text, &mut compile)?.at?;
    Some(lines.position(lines.offset(at)))
}

/// The error of a regular expression that is cut off before its end, which has a place: that of the expression.
fn literal(
    text: &str,
    compile: &mut impl FnMut(&str) -> Option<ScriptError>,
) -> Option<ScriptError> {
    let mut bad = |end: usize| compile(&text[..end]).is_some_and(|error| error.at.is_none());
    // Whatever is cut off behind the expression does not matter to its error, and before its end there is none: the border is its end.
    let (mut before, mut behind) = (0, text.len());
    while behind - before > 1 {
        let middle = boundary(text, before.midpoint(behind));
        if middle == before {
            break;
        }
        if bad(middle) {
            behind = middle;
        } else {
            before = middle;
        }
    }
    let flags = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let body = text[..behind].trim_end_matches(flags).strip_suffix('/')?;
    compile(body)
}

/// The nearest border of a character at or before an offset.
fn boundary(text: &str, offset: usize) -> usize {
    (0..=offset).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0)
}

/// The first use of a private name that no class around it declares.
fn private(
    text: &str,
    lines: &Lines<'_>,
    name: &str,
    error: &ScriptError,
    compile: &mut impl FnMut(&str) -> Option<ScriptError>,
) -> Option<usize> {
    let named = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
    let whole = |at: &usize| !text[at + name.len()..].starts_with(named);
    let tokens: Vec<usize> = text
        .match_indices(name)
        .map(|(at, _)| at)
        .filter(whole)
        .take(NAMES)
        // Not in a text or comment: what no token begins with is an error there and nowhere else.
        .filter(|at| {
            let error = compile(&format!("{}@", &text[..*at]));
            error.and_then(|error| error.at).is_some_and(|found| lines.offset(found) == *at)
        })
        .collect();
    let alone = tokens.iter().find(|at| {
        let without = format!("{} {}", &text[..**at], &text[*at + 1..]);
        compile(&without).is_none_or(|other| other.message != error.message)
    });
    let used = tokens.iter().find(|at| text[..**at].ends_with('.'));
    alone.or(used).or(tokens.first()).copied()
}

/// A text, and where its lines begin.
struct Lines<'a> {
    text: &'a str,
    starts: Vec<usize>,
}

impl Lines<'_> {
    fn of(text: &str) -> Lines<'_> {
        let starts =
            [0].into_iter().chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        Lines { text, starts }
    }

    /// Where a line of the engine's begins.
    fn start(&self, line: u32) -> usize {
        let index = (line as usize).saturating_sub(1);
        self.starts.get(index).copied().unwrap_or(self.text.len())
    }

    /// The offset of the engine's place.
    fn offset(&self, at: Position) -> usize {
        let offset = self.start(at.line) + (at.column as usize).saturating_sub(1);
        boundary(self.text, offset.min(self.text.len()))
    }

    /// The place of an offset, in lines that end with a line feed and in characters.
    fn position(&self, offset: usize) -> Position {
        let before = &self.text[..offset];
        let line = before.bytes().filter(|byte| *byte == b'\n').count() + 1;
        let start = before.rfind('\n').map_or(0, |at| at + 1);
        let column = before[start..].chars().count() + 1;
        Position { line: line as u32, column: column as u32 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn right(text: &str, line: u32, column: u32) -> (u32, u32) {
        let at = Some(Position { line, column });
        let mut error = ScriptError { at, ..ScriptError::default() };
        put_right(&mut error, text);
        error.at.map(|at| (at.line, at.column)).unwrap()
    }

    #[test]
    fn columns_are_counted_in_characters_and_lines_by_line_feeds() {
        assert_eq!(right("ab\n'é😀' x", 2, 10), (2, 6));
        assert_eq!(right("a\u{2028}b\r\nc", 1, 5), (1, 3));
        assert_eq!(right("a\u{2028}b\r\nc", 2, 1), (2, 1));
        assert_eq!(right("a\rb", 1, 3), (1, 3));
    }

    #[test]
    fn a_place_outside_the_text_is_its_end() {
        assert_eq!(right("é", 1, 2), (1, 1));
        assert_eq!(right("ab", 1, 90), (1, 3));
        assert_eq!(right("ab", 9, 9), (1, 3));
        assert_eq!(right("", 0, 0), (1, 1));
    }
}
