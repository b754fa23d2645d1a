//! A Lua value as JSON text, as ECMAScript's `JSON.stringify` writes it.

#![allow(unsafe_code, reason = "reads tables through Lua's C interface")]

use std::{borrow::Cow, ffi::c_int};

use mlua_sys::{self as ffi, lua_State};
use reactant_core::{
    packed::{Indent, View},
    value::Value,
};

use crate::{
    host::{Host, Raise},
    shape::{Shape, shape},
    value, view,
};

/// The deepest nesting: no honest value is as deep, and a table that holds itself is deeper.
const DEEPEST: usize = 256;
/// So many bytes of a text are quoted between two looks at the clock.
const PIECE: usize = 1 << 16;
/// How many values are written between two looks at the clock.
const CHECKS: u32 = 1024;

/// Writes the value at an absolute index.
///
/// # Errors
///
/// [`Raise`] for a value that JSON cannot hold, and where a limit is reached.
///
/// # Safety
///
/// The host is at work.
pub(super) unsafe fn encode(
    host: &Host,
    l: *mut lua_State,
    index: c_int,
    gap: &str,
) -> Result<String, Raise> {
    let out = String::with_capacity(256);
    let mut writer = Writer { host, l, out, gap, depth: 0, written: 0 };
    // SAFETY: the caller's.
    unsafe { writer.value(index)? };
    Ok(writer.out)
}

struct Writer<'a> {
    host: &'a Host,
    l: *mut lua_State,
    out: String,
    gap: &'a str,
    depth: usize,
    written: u32,
}

impl Writer<'_> {
    unsafe fn value(&mut self, index: c_int) -> Result<(), Raise> {
        self.written += 1;
        if self.written.is_multiple_of(CHECKS) {
            self.check()?;
        }
        // SAFETY: `index` is absolute and valid.
        unsafe {
            match ffi::lua_type(self.l, index) {
                ffi::LUA_TNIL => self.out.push_str("null"),
                ffi::LUA_TBOOLEAN => {
                    let value = ffi::lua_toboolean(self.l, index) != 0;
                    self.out.push_str(if value { "true" } else { "false" });
                }
                ffi::LUA_TNUMBER => match value::number(self.l, index) {
                    Value::Int(value) => self.out.push_str(&value.to_string()),
                    Value::Float(value) => {
                        self.out.push_str(ryu_js::Buffer::new().format(value));
                    }
                    _ => self.out.push_str("null"),
                },
                ffi::LUA_TSTRING => {
                    let bytes = value::bytes(self.l, index).unwrap_or_default();
                    self.text(&String::from_utf8_lossy(bytes))?;
                }
                ffi::LUA_TTABLE => self.table(index)?,
                ffi::LUA_TFUNCTION => {
                    return Err(Raise::Error("json.encode: a function has no JSON form".into()));
                }
                _ => {
                    let message = "json.encode: a value of the language's own has no JSON form";
                    return Err(Raise::Error(message.into()));
                }
            }
        }
        Ok(())
    }

    /// Quotes a text piece by piece: it may be long, and be written many times.
    fn text(&mut self, text: &str) -> Result<(), Raise> {
        let mut rest = text;
        self.out.push('"');
        while rest.len() > PIECE {
            let end = (PIECE - 3..=PIECE).rev().find(|at| rest.is_char_boundary(*at));
            let (piece, after) = rest.split_at(end.unwrap_or(rest.len()));
            quote(&mut self.out, piece);
            rest = after;
            self.check()?;
        }
        quote(&mut self.out, rest);
        self.out.push('"');
        Ok(())
    }

    /// Looks at the clock and the memory: the text is made beside the state, and copied into it.
    fn check(&self) -> Result<(), Raise> {
        if self.out.capacity() + self.out.len() > self.host.room() {
            self.host.stop(reactant_core::limits::Stop::Memory);
        }
        self.host.check()
    }

    unsafe fn table(&mut self, index: c_int) -> Result<(), Raise> {
        if self.depth >= DEEPEST {
            let message = "json.encode: a table that holds itself, or is nested too deeply";
            return Err(Raise::Error(message.into()));
        }
        // SAFETY: `index` is absolute and a table's.
        unsafe {
            if ffi::lua_checkstack(self.l, 8) == 0 {
                return Err(Raise::Error("json.encode: nested too deeply".into()));
            }
            if view::is_view(self.host, self.l, index) {
                return self.untouched(index);
            }
            self.depth += 1;
            match shape(self.host, self.l, index, || self.check())? {
                Shape::List(length) => self.list(index, length)?,
                Shape::Map => self.map(index)?,
            }
            self.depth -= 1;
        }
        Ok(())
    }

    /// A level that nobody touched is written as the event has it.
    unsafe fn untouched(&mut self, index: c_int) -> Result<(), Raise> {
        // SAFETY: there is a view.
        let Some(node) = (unsafe { view::node(self.host, self.l, index) }) else {
            self.out.push_str("null");
            return Ok(());
        };
        let indent = if self.gap.is_empty() { Indent::None } else { Indent::By(self.gap) };
        let text = node.to_json(indent);
        if self.depth == 0 || self.gap.is_empty() {
            self.out.push_str(&text);
        } else {
            // A text holds no line break in JSON.
            for (number, line) in text.split('\n').enumerate() {
                if number > 0 {
                    self.line();
                }
                self.out.push_str(line);
            }
        }
        self.check()
    }

    unsafe fn list(&mut self, index: c_int, length: usize) -> Result<(), Raise> {
        // SAFETY: the caller's; what is pushed is popped.
        unsafe {
            if length == 0 {
                self.out.push_str("[]");
                return Ok(());
            }
            self.out.push('[');
            for place in 1..=length {
                self.separate(place > 1);
                ffi::lua_rawgeti(self.l, index, place as ffi::lua_Integer);
                let top = ffi::lua_gettop(self.l);
                self.value(top)?;
                ffi::lua_settop(self.l, top - 1);
            }
            self.close(']');
        }
        Ok(())
    }

    unsafe fn map(&mut self, index: c_int) -> Result<(), Raise> {
        // SAFETY: every key is one that `lua_next` gave; what is pushed is popped.
        unsafe {
            let mut keys: Vec<Key<'_>> = Vec::new();
            let mut only_texts = true;
            ffi::lua_pushnil(self.l);
            while ffi::lua_next(self.l, index) != 0 {
                let top = ffi::lua_gettop(self.l);
                let key = key(self.l, top - 1)?;
                only_texts &= matches!(key.text, Cow::Borrowed(_));
                keys.push(key);
                if keys.len().is_multiple_of(CHECKS as usize) {
                    self.check()?;
                }
                ffi::lua_settop(self.l, top - 1);
            }
            if keys.is_empty() {
                self.out.push_str("{}");
                return Ok(());
            }
            self.order(index, &mut keys);
            if !only_texts {
                let mut texts: Vec<_> = keys.iter().map(|key| &*key.text).collect();
                texts.sort_unstable();
                if let Some(twice) = texts.windows(2).find(|pair| pair[0] == pair[1]) {
                    let message = format!("json.encode: two keys are the same text: {}", twice[0]);
                    return Err(Raise::Error(message));
                }
            }
            self.out.push('{');
            for (place, key) in keys.iter().enumerate() {
                self.separate(place > 0);
                self.text(&key.text)?;
                self.out.push_str(if self.gap.is_empty() { ":" } else { ": " });
                match key.own {
                    Own::Flag(flag) => ffi::lua_pushboolean(self.l, flag.into()),
                    Own::Whole(number) => value::push_int(self.l, number),
                    Own::Number(number) => ffi::lua_pushnumber(self.l, number),
                    Own::Text(bytes) => {
                        ffi::lua_pushlstring(self.l, bytes.as_ptr().cast(), bytes.len());
                    }
                }
                ffi::lua_rawget(self.l, index);
                let top = ffi::lua_gettop(self.l);
                self.value(top)?;
                ffi::lua_settop(self.l, top - 1);
            }
            self.close('}');
        }
        Ok(())
    }

    /// The event's order for a level of the event, with what the script added behind; otherwise the order of the bytes.
    unsafe fn order(&self, index: c_int, keys: &mut [Key<'_>]) {
        keys.sort_unstable_by(|a, b| a.text.cmp(&b.text));
        // SAFETY: the event is valid during the invocation.
        unsafe {
            let address = ffi::lua_topointer(self.l, index) as usize;
            let offset = self.host.filled.borrow().get(&address).copied();
            let event = self.host.event.get();
            let level = offset.filter(|_| !event.is_null()).map(|at| (*event).node_at(at).view());
            let Some(View::Map(map)) = level else { return };
            // No map by hash: the event's author chooses the names.
            for (place, entry) in map.iter().enumerate() {
                if let Ok(at) = keys.binary_search_by(|key| (*key.text).cmp(entry.name())) {
                    keys[at].place = place;
                }
            }
            keys.sort_by_key(|key| key.place);
        }
    }

    fn separate(&mut self, comma: bool) {
        if comma {
            self.out.push(',');
        }
        self.line();
    }

    fn close(&mut self, bracket: char) {
        self.depth -= 1;
        self.line();
        self.depth += 1;
        self.out.push(bracket);
    }

    fn line(&mut self) {
        if !self.gap.is_empty() {
            self.out.push('\n');
            for _ in 0..self.depth {
                self.out.push_str(self.gap);
            }
        }
    }
}

/// A key of a table.
struct Key<'a> {
    /// As it is written.
    text: Cow<'a, str>,
    own: Own<'a>,
    /// Its place in the event's level.
    place: usize,
}

/// A key as the table has it.
enum Own<'a> {
    Text(&'a [u8]),
    Whole(i64),
    Number(f64),
    Flag(bool),
}

/// The key at an index.
///
/// # Safety
///
/// A table keeps the key, and is not changed meanwhile.
unsafe fn key<'a>(l: *mut lua_State, index: c_int) -> Result<Key<'a>, Raise> {
    // SAFETY: the caller's.
    unsafe {
        let own = match ffi::lua_type(l, index) {
            ffi::LUA_TSTRING => Own::Text(value::bytes(l, index).unwrap_or_default()),
            ffi::LUA_TNUMBER => match value::number(l, index) {
                Value::Int(number) => Own::Whole(number),
                _ => Own::Number(ffi::lua_tonumber(l, index)),
            },
            _ => Own::Flag(ffi::lua_toboolean(l, index) != 0),
        };
        let text = match own {
            Own::Text(bytes) => String::from_utf8_lossy(bytes),
            _ => Cow::Owned(value::key(l, index).ok_or_else(|| {
                Raise::Error("json.encode: a key is neither text nor a number".into())
            })?),
        };
        Ok(Key { text, own, place: usize::MAX })
    }
}

/// Quotes as ECMA-262 25.5.2.3 (QuoteJSONString) does; a Rust string holds no lone surrogate.
fn quote(out: &mut String, text: &str) {
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0..0x20 => "",
            _ => continue,
        };
        out.push_str(&text[done..at]);
        if escape.is_empty() {
            const HEX: &[u8; 16] = b"0123456789abcdef";
            out.push_str("\\u00");
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        } else {
            out.push_str(escape);
        }
        done = at + 1;
    }
    out.push_str(&text[done..]);
}
