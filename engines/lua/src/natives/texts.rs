//! Functions on text.
//!
//! Luau looks at the deadline at each step of a pattern, but within a step it may go through the whole text, and for each of its bytes through a whole
//! class: patterns with classes are bounded by the product of both. A plain search is done here, in a time that grows with the text only.

#![allow(unsafe_code, reason = "replaces functions through Lua's C interface")]

use std::{
    ffi::{CStr, c_int},
    slice,
};

use mlua_sys::{self as ffi, lua_State};

use super::{
    search,
    tables::{guard, make_room, original, push_library, replace},
};
use crate::{
    host::{self, Raise},
    value,
};

/// Functions whose work grows with the length of their arguments.
const LONG: [(&CStr, &[&CStr]); 3] = [
    (
        c"string",
        &[
            c"byte",
            c"char",
            c"format",
            c"lower",
            c"upper",
            c"reverse",
            c"pack",
            c"packsize",
            c"unpack",
            c"sub",
        ],
    ),
    (c"utf8", &[c"char", c"codepoint", c"codes", c"len", c"offset"]),
    (c"buffer", &[c"fromstring", c"tostring", c"readstring", c"writestring", c"copy", c"fill"]),
];

/// A class is tried on so many bytes at most within one step: about a tenth of a second.
const CLASS_STEPS: usize = 1 << 27;
/// A text from which on every step of a pattern looks at the clock.
const LONG_TEXT: usize = 1 << 16;
/// The longest text that Luau makes, in bytes (`MAXSSIZE` in its `lstring.h`).
const LONGEST: usize = 1 << 30;
/// A separator up to which `string.split` compares at every byte.
const SHORT_SEPARATOR: usize = 16;

/// Puts the functions in their places; the globals are on the top.
///
/// # Safety
///
/// The host is at work.
pub(super) unsafe fn install(l: *mut lua_State) {
    // SAFETY: every table that is pushed is popped.
    unsafe {
        for (library, functions) in LONG {
            push_library(l, library);
            for name in functions {
                guard(l, name, 0);
            }
            ffi::lua_settop(l, -2);
        }
        push_library(l, c"string");
        replace(l, c"find", find);
        replace(l, c"rep", repeat);
        replace(l, c"split", split);
        for name in [c"match", c"gmatch", c"gsub"] {
            replace(l, name, by_pattern);
        }
        ffi::lua_settop(l, -2);
        push_library(l, c"buffer");
        replace(l, c"create", create_buffer);
        ffi::lua_settop(l, -2);
    }
}

/// A text argument; an error is raised for another value, so that nothing may be left to drop.
unsafe fn argument<'a>(l: *mut lua_State, index: c_int) -> &'a [u8] {
    // SAFETY: Lua's strings do not move, and the arguments stay on the stack.
    unsafe {
        let mut len = 0;
        let start = ffi::luaL_checklstring(l, index, &mut len);
        slice::from_raw_parts(start.cast(), len)
    }
}

/// `string.find(text, pattern, init, plain)`.
unsafe extern "C-unwind" fn find(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; nothing is to be dropped where an error is raised.
    unsafe {
        let (text, pattern) = (argument(l, 1), argument(l, 2));
        if ffi::lua_toboolean(l, 4) == 0 && pattern.iter().any(|byte| b"^$*+?.([%-".contains(byte))
        {
            return by_pattern(l);
        }
        make_room(l, 0);
        let from =
            if ffi::lua_type(l, 3) > ffi::LUA_TNIL { ffi::luaL_checknumber(l, 3) } else { 1.0 };
        let from = match from as i64 {
            from @ ..0 => (text.len() as i64 + 1).saturating_add(from).max(1),
            from => from.max(1),
        };
        host::native(l, |host, l| {
            let from = usize::try_from(from - 1).unwrap_or(usize::MAX);
            let found = match text.get(from..) {
                None => None,
                Some(rest) => search::find(rest, pattern, || host.check().ok())
                    .ok_or(Raise::Stopped)?
                    .map(|at| from + at),
            };
            let Some(at) = found else {
                ffi::lua_pushnil(l);
                return Ok(1);
            };
            value::push_int(l, at as i64 + 1);
            value::push_int(l, (at + pattern.len()) as i64);
            Ok(2)
        })
    }
}

/// `string.match`, `string.gmatch`, `string.gsub`, and `string.find` of a pattern.
unsafe extern "C-unwind" fn by_pattern(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; nothing is to be dropped where an error is raised.
    unsafe {
        let (text, pattern) = (argument(l, 1), argument(l, 2));
        make_room(l, 0);
        if text.len() > LONG_TEXT {
            host::of(l).look_always();
        }
        if pattern.contains(&b'[') && text.len().saturating_mul(pattern.len()) > CLASS_STEPS {
            ffi::luaL_error(l, c"the pattern is too complex for so long a text".as_ptr());
        }
        original(l)
    }
}

/// `string.rep(text, count)`.
unsafe extern "C-unwind" fn repeat(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; nothing is to be dropped where an error is raised.
    unsafe {
        let (text, count) = (argument(l, 1), ffi::luaL_checknumber(l, 2));
        let wanted = (count.max(0.0) as usize).saturating_mul(text.len());
        // What no text can be is the library's to refuse.
        make_room(l, if wanted < LONGEST { wanted } else { 0 });
        original(l)
    }
}

/// `buffer.create(size)`.
unsafe extern "C-unwind" fn create_buffer(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        let size = ffi::lua_tonumber(l, 1).max(0.0) as usize;
        make_room(l, if size < LONGEST { size } else { 0 });
        original(l)
    }
}

/// `string.split(text, separator)`.
unsafe extern "C-unwind" fn split(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; nothing is to be dropped where an error is raised.
    unsafe {
        make_room(l, 0);
        if ffi::lua_type(l, 2) <= ffi::LUA_TNIL || argument(l, 2).len() <= SHORT_SEPARATOR {
            return original(l);
        }
        let (text, separator) = (argument(l, 1), argument(l, 2));
        host::native(l, |host, l| {
            ffi::lua_createtable(l, 0, 0);
            let (mut start, mut place) = (0, 0);
            loop {
                let found = search::find(&text[start..], separator, || host.check().ok());
                let found = found.ok_or(Raise::Stopped)?;
                let end = found.map_or(text.len(), |at| start + at);
                ffi::lua_pushlstring(l, text[start..].as_ptr().cast(), end - start);
                place += 1;
                ffi::lua_rawseti(l, -2, place);
                if found.is_none() {
                    break;
                }
                start = end + separator.len();
            }
            Ok(1)
        })
    }
}
