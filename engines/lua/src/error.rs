//! What a script threw, as an error with a place: whatever it is, and without running any of its code.

#![allow(unsafe_code, reason = "looks at thrown values and the stack through Lua's C interface")]

use std::ffi::c_int;

use mlua_sys::{self as ffi, lua_State};
use reactant_core::{
    engine::{Frame, Position, ScriptError},
    value::{Opaque, Value},
};

use crate::{
    dialect,
    host::{self, Host},
    value::{self, Budget},
};

/// The longest message that is kept, in bytes.
const LONGEST: usize = 8 << 10;
/// How much of a thrown table is looked at.
const SHOWN: Budget = Budget { nodes: 1_000, bytes: 64 << 10 };
/// The longest trace that is kept, in calls.
const DEEPEST: c_int = 64;

/// The message handler of every call of a script: notes what was thrown while the stack still stands.
///
/// # Safety
///
/// Called by Lua.
pub(crate) unsafe extern "C-unwind" fn note(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with what was thrown; nothing is left to drop when an error is raised again.
    unsafe {
        if dialect::host(l).stopped().is_some() {
            return 1;
        }
        host::native(l, |host, l| {
            // An error within a coroutine comes by again, without its stack, where it leaves `coroutine.wrap`.
            host.threw.set(Some(describe(host, l, 1)));
            ffi::lua_settop(l, 1);
            Ok(1)
        })
    }
}

/// Describes a thrown value.
///
/// # Safety
///
/// `index` is valid and the host is at work.
pub(crate) unsafe fn describe(host: &Host, l: *mut lua_State, index: c_int) -> ScriptError {
    // SAFETY: the caller's.
    unsafe {
        let file = host.file.borrow().clone();
        let trace = trace(l, &file);
        let at = trace.iter().find_map(|frame| frame.at);
        if ffi::lua_type(l, index) != ffi::LUA_TSTRING {
            return ScriptError { message: cut(&of_any(host, l, index)), at, trace };
        }
        let text = value::text(l, index).unwrap_or_default();
        let (said, message) = place(&text, &file);
        ScriptError { message: cut(message), at: said.or(at), trace }
    }
}

/// An error of a native that runs, with the place where it was called.
///
/// # Safety
///
/// Called by a native.
pub(crate) unsafe fn here(host: &Host, l: *mut lua_State, message: String) -> ScriptError {
    // SAFETY: the caller's.
    let trace = unsafe { trace(l, &host.file.borrow()) };
    ScriptError { message, at: trace.iter().find_map(|frame| frame.at), trace }
}

/// An error that stands in a message alone, as the compiler gives it.
pub(crate) fn of_text(text: &str, file: &str) -> ScriptError {
    let (at, message) = place(text, file);
    ScriptError { message: cut(message), at, trace: Vec::new() }
}

/// Takes the place off that Lua writes before a message. What follows may look like one too, and be an event's text.
fn place<'a>(text: &'a str, file: &str) -> (Option<Position>, &'a str) {
    let parts = || {
        let (line, message) = text.strip_prefix(file)?.strip_prefix(':')?.split_once(':')?;
        let at = Position { line: line.parse().ok()?, column: 0 };
        Some((Some(at), message.strip_prefix(' ').unwrap_or(message)))
    };
    parts().unwrap_or((None, text))
}

/// The calls on the stack, innermost first.
unsafe fn trace(l: *mut lua_State, file: &str) -> Vec<Frame> {
    let mut frames = Vec::new();
    // Level 0 is the native itself that asks.
    for level in 1..=DEEPEST {
        // SAFETY: the caller's.
        let Some(call) = (unsafe { dialect::call(l, level) }) else { break };
        let ours = call.source == file;
        // Functions of ours that are written in Lua.
        if !ours && call.what != "C" {
            continue;
        }
        let line = u32::try_from(call.line).ok().filter(|line| ours && *line > 0);
        let function = if call.what == "main" { String::new() } else { call.name };
        frames.push(Frame { function, at: line.map(|line| Position { line, column: 0 }) });
    }
    frames
}

/// A thrown value that is no text: its content.
unsafe fn of_any(host: &Host, l: *mut lua_State, index: c_int) -> String {
    // SAFETY: the caller's.
    match unsafe { value::to_value(host, l, index, SHOWN) } {
        Value::Null => "nil".into(),
        Value::Opaque(Opaque::Function) => "a function was thrown".into(),
        Value::Opaque(Opaque::Object | Opaque::List) => "a table was thrown".into(),
        Value::Opaque(_) => "a value was thrown".into(),
        value => value.to_string(),
    }
}

fn cut(text: &str) -> String {
    if text.len() <= LONGEST {
        return text.to_owned();
    }
    let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    format!("{}…", &text[..end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places_are_taken_off_a_message() {
        let at = |line| Some(Position { line, column: 0 });
        assert_eq!(place("r.lua:3: no", "r.lua"), (at(3), "no"));
        assert_eq!(place("r.lua:9: r.lua:3: no", "r.lua"), (at(9), "r.lua:3: no"));
        for text in ["no", "r.lua", "r.lua:", "r.lua:x: y", "other:3: no", "r.lua:3"] {
            assert_eq!(place(text, "r.lua"), (None, text));
        }
    }
}
