//! What a script threw, as an error with a place.

use std::fmt::{self, Write as _};

use reactant_core::engine::{Frame, Position, ScriptError};
use rhai::{AST, EvalAltResult, ParseError};

use crate::{places, state::OVERFLOW};

/// The longest message that is kept, in bytes.
const LONGEST: usize = 8 << 10;
/// The most calls that a trace tells of, from the innermost.
const DEEPEST: usize = 50;
/// What the names of closures begin with, before a number.
const CLOSURE: &str = "anon$";

/// Describes an error; `entry` is the function that the host called, where it did not load the script.
pub(crate) fn describe(error: &EvalAltResult, ast: &AST, entry: Option<&str>) -> ScriptError {
    // Rhai tells where each function was called; a trace tells where each stood.
    let mut frames = vec![(entry.unwrap_or_default(), None)];
    let mut inner = error;
    while let EvalAltResult::ErrorInFunctionCall(function, _, wrapped, at) = inner {
        if let Some((_, stood)) = frames.last_mut() {
            *stood = place(*at);
        }
        frames.push((function, None));
        inner = wrapped;
    }
    if let Some((_, stood)) = frames.last_mut() {
        *stood = place(inner.position());
    }
    let mut called = raced(inner);
    for (function, stood) in frames.iter_mut().rev() {
        let within = Some(*function).filter(|function| !function.is_empty());
        *stood = stood.or_else(|| place(places::of_call(ast, within, called?)?));
        called = within;
    }
    // What has no place of its own has that of its call.
    while frames.len() > 1 && frames.last().is_some_and(|(_, stood)| stood.is_none()) {
        frames.pop();
    }
    if let [(function, stood @ None)] = &mut frames[..] {
        *stood = places::of_function(ast, function).and_then(place);
    }
    let at = frames.last().and_then(|(_, stood)| *stood);
    let trace = frames.into_iter().rev().take(DEEPEST).map(|(function, at)| {
        let function = if function.starts_with(CLOSURE) { "" } else { function };
        Frame { function: function.to_owned(), at }
    });
    let trace = trace.collect();
    let (message, at) = again(inner).unwrap_or_else(|| (message(inner), at));
    ScriptError { message: cut(message), at, trace }
}

/// Calls went too deep; told of is where.
pub(crate) fn overflow(told: Option<ScriptError>) -> ScriptError {
    ScriptError { message: OVERFLOW.to_owned(), ..told.unwrap_or_default() }
}

/// Calls went too deep, and the script caught it.
pub(crate) fn overflow_in(ast: &AST, entry: &str) -> ScriptError {
    let at = places::of_function(ast, entry).and_then(place);
    overflow(Some(ScriptError { at, ..ScriptError::default() }))
}

/// The function that was to be called when a data race was found among its arguments.
fn raced(error: &EvalAltResult) -> Option<&str> {
    let EvalAltResult::ErrorDataRace(what, _) = error else { return None };
    let called = what.split_once(" of function '")?.1.strip_suffix('\'')?;
    let called = called.strip_prefix("set$").unwrap_or(called);
    // A closure's own name stands nowhere.
    Some(if called.starts_with(CLOSURE) { "call" } else { called })
}

/// What a script caught and threw again: the message, and the place where it was first.
fn again(error: &EvalAltResult) -> Option<(String, Option<Position>)> {
    let EvalAltResult::ErrorRuntime(thrown, _) = error else { return None };
    let map = thrown.as_map_ref().ok()?;
    let number = |name: &str| u32::try_from(map.get(name)?.as_int().ok()?).ok();
    map.get("error")?;
    let message = map.get("message")?.as_immutable_string_ref().ok()?.to_string();
    let at = number("line").and_then(|line| Some(Position { line, column: number("position")? }));
    // Only what Rhai itself makes of an error says all that.
    Some((message, Some(at?)))
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
    let thrown = matches!(error, EvalAltResult::ErrorRuntime(..));
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
    if matches!(error, EvalAltResult::ErrorFunctionNotFound(..)) {
        text = text.replace("&str | ImmutableString | String", "string");
    }
    if raced(error).is_some() {
        text = text.replace("function 'set$", "property '");
        text.push_str(": a closure among the arguments holds a variable that is in use");
    }
    if !thrown && let Some((before, closure)) = text.split_once(CLOSURE) {
        let after = closure.trim_start_matches(|c: char| c.is_ascii_hexdigit());
        text = format!("{before}closure{after}");
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
