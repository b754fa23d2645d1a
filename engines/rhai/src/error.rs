//! What a script threw, as an error with a place.

use std::fmt::{self, Write as _};

use reactant_core::engine::{Frame, Position, ScriptError};
use rhai::{EvalAltResult, ParseError};

/// The longest message that is kept, in bytes.
const LONGEST: usize = 8 << 10;

/// Describes an error; `entry` is the function that the host called.
pub(crate) fn describe(error: &EvalAltResult, entry: Option<&str>) -> ScriptError {
    let mut calls = Vec::new();
    let mut inner = error;
    while let EvalAltResult::ErrorInFunctionCall(function, _, wrapped, at) = inner {
        calls.push((function.clone(), place(*at)));
        inner = wrapped;
    }
    let at = place(inner.position());
    // Rhai tells where each function was called; a trace tells where each stood.
    let mut functions: Vec<String> = entry.map(str::to_owned).into_iter().collect();
    let mut places = Vec::new();
    for (function, called_at) in calls {
        functions.push(if function.starts_with("anon$") { String::new() } else { function });
        places.push(called_at);
    }
    if entry.is_none() {
        functions.insert(0, String::new());
    }
    places.push(at);
    let frames = functions.into_iter().zip(places);
    let mut trace: Vec<Frame> = frames.map(|(function, at)| Frame { function, at }).collect();
    trace.reverse();
    ScriptError { message: cut(message(inner)), at, trace }
}

/// An error at a place.
pub(crate) fn at(message: &str, at: rhai::Position) -> ScriptError {
    ScriptError { message: message.to_owned(), at: place(at), trace: Vec::new() }
}

/// Describes a syntax error.
pub(crate) fn of_syntax(error: &ParseError) -> ScriptError {
    let at = place(error.1);
    ScriptError { message: cut(format!("Syntax error: {}", error.0)), at, trace: Vec::new() }
}

/// The message without the place, which is told apart.
fn message(error: &EvalAltResult) -> String {
    let mut text = Bounded(String::new());
    // Fails where the text is full.
    let whole = write!(text, "{error}").is_ok();
    let mut text = text.0;
    if let (true, Some(line)) = (whole, error.position().line()) {
        let place = match error.position().position() {
            Some(column) => format!(" (line {line}, position {column})"),
            None => format!(" (line {line})"),
        };
        if let Some(at) = text.rfind(&place) {
            text.truncate(at);
        }
    }
    text
}

/// A text that takes no more than a message may have: what is thrown may be much longer than the memory that holds it, where it holds one text many times.
struct Bounded(String);

impl fmt::Write for Bounded {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        let room = (LONGEST + 1).saturating_sub(self.0.len());
        let end = (0..=room.min(text.len())).rev().find(|end| text.is_char_boundary(*end));
        self.0.push_str(&text[..end.unwrap_or(0)]);
        if text.len() > room { Err(fmt::Error) } else { Ok(()) }
    }
}

fn cut(mut message: String) -> String {
    if message.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|end| message.is_char_boundary(*end)).unwrap_or(0);
        message.truncate(end);
        message.push('…');
    }
    message
}

fn place(at: rhai::Position) -> Option<Position> {
    let line = u32::try_from(at.line()?).ok()?;
    Some(Position { line, column: u32::try_from(at.position().unwrap_or(1)).ok()? })
}
