//! Values across the border: Lua's to neutral ones and back. Never runs script code: no metamethod is asked.

#![allow(unsafe_code, reason = "reads and makes values through Lua's C interface")]

use std::{ffi::c_int, slice};

use mlua_sys::{self as ffi, lua_State};
use reactant_core::value::{Map, Opaque, Value};

pub(crate) use crate::dialect::{number, push_int};
use crate::{
    host::Host,
    shape::{Shape, shape},
    view,
};

/// How far [`to_value`] follows tables, as deep as any event; what lies beyond is opaque.
const DEPTH: usize = reactant_core::packed::MAX_DEPTH;
/// How much is converted; what lies beyond is opaque.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Budget {
    /// How many values.
    pub(crate) nodes: usize,
    /// How many bytes of text: many of the values may be one and the same long text.
    pub(crate) bytes: usize,
}

/// Of one argument of a helper.
pub(crate) const ARGUMENT: Budget = Budget { nodes: 100_000, bytes: 16 << 20 };

/// Pushes a text.
///
/// # Safety
///
/// The stack has room for one more.
pub(crate) unsafe fn push_text(l: *mut lua_State, text: &str) {
    // SAFETY: Lua copies so many bytes.
    unsafe {
        ffi::lua_pushlstring(l, text.as_ptr().cast(), text.len());
    }
}

/// The bytes of a string, without converting a number in its place.
///
/// # Safety
///
/// The slice is good while the string is on the stack or held otherwise.
pub(crate) unsafe fn bytes<'a>(l: *mut lua_State, index: c_int) -> Option<&'a [u8]> {
    // SAFETY: Lua's strings do not move, and are as long as it says.
    unsafe {
        if ffi::lua_type(l, index) != ffi::LUA_TSTRING {
            return None;
        }
        let mut len = 0;
        let start = ffi::lua_tolstring(l, index, &mut len);
        (!start.is_null()).then(|| slice::from_raw_parts(start.cast(), len))
    }
}

/// The text of a string; bytes that are not UTF-8 become U+FFFD.
///
/// # Safety
///
/// `index` is valid.
pub(crate) unsafe fn text(l: *mut lua_State, index: c_int) -> Option<String> {
    // SAFETY: copied at once.
    unsafe { bytes(l, index).map(|bytes| String::from_utf8_lossy(bytes).into_owned()) }
}

/// The neutral form of a scalar; tables and functions are opaque.
///
/// # Safety
///
/// `index` is valid.
pub(crate) unsafe fn to_scalar(host: &Host, l: *mut lua_State, index: c_int) -> Value {
    // SAFETY: the caller's.
    unsafe {
        match ffi::lua_type(l, index) {
            ffi::LUA_TNIL | ffi::LUA_TNONE => Value::Null,
            ffi::LUA_TBOOLEAN => Value::Bool(ffi::lua_toboolean(l, index) != 0),
            ffi::LUA_TNUMBER => number(l, index),
            ffi::LUA_TSTRING => text(l, index).map_or(Value::Opaque(Opaque::Other), Value::Text),
            // Whether it has other keys too does not matter for what it is called.
            ffi::LUA_TTABLE if view::is_marked(host, l, index) || ffi::lua_rawlen(l, index) > 0 => {
                Value::Opaque(Opaque::List)
            }
            ffi::LUA_TTABLE => Value::Opaque(Opaque::Object),
            ffi::LUA_TFUNCTION => Value::Opaque(Opaque::Function),
            _ => Value::Opaque(Opaque::Other),
        }
    }
}

/// The neutral form of any value.
///
/// # Safety
///
/// `index` is valid.
pub(crate) unsafe fn to_value(
    host: &Host,
    l: *mut lua_State,
    index: c_int,
    budget: Budget,
) -> Value {
    // SAFETY: the caller's.
    unsafe {
        let index = ffi::lua_absindex(l, index);
        Converter { host, l, budget, nodes: 0, bytes: 0 }.value(index, DEPTH)
    }
}

struct Converter<'a> {
    host: &'a Host,
    l: *mut lua_State,
    budget: Budget,
    nodes: usize,
    bytes: usize,
}

impl Converter<'_> {
    unsafe fn value(&mut self, index: c_int, depth: usize) -> Value {
        self.nodes += 1;
        if self.bytes > self.budget.bytes {
            return Value::Opaque(Opaque::Other);
        }
        // SAFETY: `index` is absolute and valid; tables are read raw.
        unsafe {
            let scalar = to_scalar(self.host, self.l, index);
            if !matches!(scalar, Value::Opaque(Opaque::List | Opaque::Object)) {
                self.bytes += scalar.as_text().map_or(0, str::len);
                return scalar;
            }
            if depth == 0 || self.nodes > self.budget.nodes || ffi::lua_checkstack(self.l, 8) == 0 {
                return scalar;
            }
            if view::fill(self.host, self.l, index).is_err() {
                return scalar;
            }
            let look = || self.host.check().map_err(|_| ());
            match shape(self.host, self.l, index, look) {
                Ok(Shape::List(length)) => self.list(index, length, depth),
                Ok(Shape::Map) => self.map(index, depth),
                Err(()) => None,
            }
            .unwrap_or(scalar)
        }
    }

    unsafe fn list(&mut self, index: c_int, length: usize, depth: usize) -> Option<Value> {
        let mut items = Vec::new();
        // SAFETY: the caller's.
        unsafe {
            if length > self.budget.nodes {
                return None;
            }
            for place in 1..=length {
                if self.nodes > self.budget.nodes {
                    return None;
                }
                ffi::lua_rawgeti(self.l, index, place as _);
                let top = ffi::lua_gettop(self.l);
                items.push(self.value(top, depth - 1));
                ffi::lua_settop(self.l, -2);
            }
        }
        Some(Value::List(items))
    }

    unsafe fn map(&mut self, index: c_int, depth: usize) -> Option<Value> {
        let mut entries = Vec::new();
        // SAFETY: every key is one that `lua_next` gave.
        unsafe {
            ffi::lua_pushnil(self.l);
            while ffi::lua_next(self.l, index) != 0 {
                let top = ffi::lua_gettop(self.l);
                if self.nodes > self.budget.nodes {
                    ffi::lua_settop(self.l, -3);
                    return None;
                }
                // An entry that the other side could not have must not be lost without a word: the table stays what it is.
                let Some(key) = key(self.l, top - 1) else {
                    ffi::lua_settop(self.l, -3);
                    return None;
                };
                let value = self.value(top, depth - 1);
                entries.push((key, value));
                ffi::lua_settop(self.l, -2);
            }
        }
        // Lua keeps no order.
        entries.sort_by(|a, b| a.0.cmp(&b.0));
        if entries.windows(2).any(|pair| pair[0].0 == pair[1].0) {
            return None;
        }
        Some(Value::Map(entries.into_iter().collect::<Map>()))
    }
}

/// A key as JSON has it: text, or a number or boolean written as text.
///
/// # Safety
///
/// `index` is valid.
pub(crate) unsafe fn key(l: *mut lua_State, index: c_int) -> Option<String> {
    // SAFETY: the caller's; the value at `index` is not changed.
    unsafe {
        match ffi::lua_type(l, index) {
            ffi::LUA_TSTRING => text(l, index),
            ffi::LUA_TNUMBER => Some(number(l, index).to_string()),
            ffi::LUA_TBOOLEAN => Some((ffi::lua_toboolean(l, index) != 0).to_string()),
            _ => None,
        }
    }
}

/// Pushes a neutral value.
///
/// # Safety
///
/// The host is at work.
pub(crate) unsafe fn push(host: &Host, l: *mut lua_State, value: &Value) {
    // SAFETY: each arm pushes one value; a stack that cannot grow gets nil, for which there is room.
    unsafe {
        if ffi::lua_checkstack(l, 4) == 0 {
            return ffi::lua_pushnil(l);
        }
        match value {
            Value::Null | Value::Opaque(_) => ffi::lua_pushnil(l),
            Value::Bool(value) => ffi::lua_pushboolean(l, c_int::from(*value)),
            Value::Int(value) => push_int(l, *value),
            Value::Float(value) => ffi::lua_pushnumber(l, *value),
            Value::Text(text) => push_text(l, text),
            Value::List(items) => {
                ffi::lua_createtable(l, c_int::try_from(items.len()).unwrap_or(0), 0);
                for (index, item) in items.iter().enumerate() {
                    push(host, l, item);
                    ffi::lua_rawseti(l, -2, index as ffi::lua_Integer + 1);
                }
                view::mark_list(host, l);
            }
            Value::Map(map) => {
                ffi::lua_createtable(l, 0, c_int::try_from(map.len()).unwrap_or(0));
                for (key, value) in map {
                    push_text(l, key);
                    push(host, l, value);
                    ffi::lua_rawset(l, -3);
                }
            }
        }
    }
}
