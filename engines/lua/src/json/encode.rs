//! A Lua value as JSON text, as ECMAScript's `JSON.stringify` writes it.

#![allow(unsafe_code, reason = "reads tables through Lua's C interface")]

use std::{borrow::Cow, ffi::c_int};

use mlua_sys::{self as ffi, lua_State};
use reactant_core::{
    packed::{Node, View},
    value::Value,
};

use super::sort::sort;
use crate::{
    dialect,
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
    let mut writer = Writer { host, l, out, gap, depth: 0, written: 0, looked: 0 };
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
    /// How long the text was when a look was last taken because of its length.
    looked: usize,
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
                ffi::LUA_TNUMBER => self.number(&value::number(self.l, index)),
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
        if self.out.len() - self.looked > PIECE {
            self.looked = self.out.len();
            self.check()?;
        }
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
            match shape(self.host, self.l, index, || self.check())? {
                Shape::List(length) => self.list(index, length),
                Shape::Map => self.map(index),
            }
        }
    }

    /// A level that nobody touched is written as the event has it.
    unsafe fn untouched(&mut self, index: c_int) -> Result<(), Raise> {
        // SAFETY: there is a view.
        match unsafe { view::node(self.host, self.l, index) } {
            Some(node) => self.node(node),
            None => {
                self.out.push_str("null");
                Ok(())
            }
        }
    }

    fn node(&mut self, node: Node<'_>) -> Result<(), Raise> {
        self.written += 1;
        if self.written.is_multiple_of(CHECKS) {
            self.check()?;
        }
        match node.view() {
            View::Null => self.out.push_str("null"),
            View::Bool(value) => self.out.push_str(if value { "true" } else { "false" }),
            View::Int(value) => self.number(&dialect::whole(value)),
            View::Float(value) => self.number(&Value::Float(value)),
            View::Text(text) => self.text(text)?,
            View::List(list) if list.is_empty() => self.out.push_str("[]"),
            View::List(list) => {
                self.open('[');
                for (place, item) in list.iter().enumerate() {
                    self.separate(place > 0);
                    self.node(item)?;
                }
                self.close(']');
            }
            View::Map(map) if map.is_empty() => self.out.push_str("{}"),
            View::Map(map) => {
                self.open('{');
                for (place, entry) in map.iter().enumerate() {
                    self.separate(place > 0);
                    self.name(entry.name())?;
                    self.node(entry.value())?;
                }
                self.close('}');
            }
        }
        Ok(())
    }

    fn number(&mut self, number: &Value) {
        match number {
            Value::Int(value) => self.out.push_str(&value.to_string()),
            Value::Float(value) => self.out.push_str(ryu_js::Buffer::new().format(*value)),
            _ => self.out.push_str("null"),
        }
    }

    /// A field's name, up to its value.
    fn name(&mut self, name: &str) -> Result<(), Raise> {
        self.text(name)?;
        self.out.push_str(if self.gap.is_empty() { ":" } else { ": " });
        Ok(())
    }

    unsafe fn list(&mut self, index: c_int, length: usize) -> Result<(), Raise> {
        // SAFETY: the caller's; what is pushed is popped.
        unsafe {
            if length == 0 {
                self.out.push_str("[]");
                return Ok(());
            }
            self.open('[');
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
            self.order(index, &mut keys)?;
            if !only_texts {
                let mut texts: Vec<_> = keys.iter().map(|key| &*key.text).collect();
                texts.sort_unstable();
                if let Some(twice) = texts.windows(2).find(|pair| pair[0] == pair[1]) {
                    let message = format!("json.encode: two keys are the same text: {}", twice[0]);
                    return Err(Raise::Error(message));
                }
            }
            self.open('{');
            for (place, key) in keys.iter().enumerate() {
                self.separate(place > 0);
                self.name(&key.text)?;
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
    unsafe fn order(&self, index: c_int, keys: &mut Vec<Key<'_>>) -> Result<(), Raise> {
        sort(keys, |a, b| a.text <= b.text, || self.check())?;
        // SAFETY: the event is valid during the invocation.
        unsafe {
            let address = ffi::lua_topointer(self.l, index) as usize;
            let offset = self.host.filled.borrow().get(&address).copied();
            let event = self.host.event.get();
            let level = offset.filter(|_| !event.is_null()).map(|at| (*event).node_at(at).view());
            let Some(View::Map(map)) = level else { return Ok(()) };
            // No map by hash: the event's author chooses the names.
            for (place, entry) in map.iter().enumerate() {
                if let Ok(at) = keys.binary_search_by(|key| (*key.text).cmp(entry.name())) {
                    keys[at].place = place;
                }
                if place.is_multiple_of(CHECKS as usize) {
                    self.check()?;
                }
            }
        }
        sort(keys, |a, b| a.place <= b.place, || self.check())
    }

    fn separate(&mut self, comma: bool) {
        if comma {
            self.out.push(',');
        }
        self.line();
    }

    fn open(&mut self, bracket: char) {
        self.out.push(bracket);
        self.depth += 1;
    }

    fn close(&mut self, bracket: char) {
        self.depth -= 1;
        self.line();
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
