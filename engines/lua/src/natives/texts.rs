//! Functions on text.
//!
//! A plain search is done here, in a time that grows with the text only; patterns are the dialect's business.

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
    dialect::{self, by_pattern},
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

/// The longest text that is made, in bytes: Luau's (`MAXSSIZE` in its `lstring.h`).
pub(crate) const LONGEST: usize = 1 << 30;
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
        ffi::lua_settop(l, -2);
        push_library(l, c"buffer");
        replace(l, c"create", create_buffer);
        ffi::lua_settop(l, -2);
    }
}

/// A text argument; an error is raised for another value, so that nothing may be left to drop.
///
/// # Safety
///
/// Called at the start of a native.
pub(crate) unsafe fn argument<'a>(l: *mut lua_State, index: c_int) -> &'a [u8] {
    // SAFETY: Lua's strings do not move, and the arguments stay on the stack.
    unsafe {
        let mut len = 0;
        let start = ffi::luaL_checklstring(l, index, &mut len);
        slice::from_raw_parts(start.cast(), len)
    }
}

/// Where a search begins, from 0, by an argument that counts from 1, or from the end; an error is raised for what is no number.
///
/// # Safety
///
/// Called at the start of a native.
pub(crate) unsafe fn start(l: *mut lua_State, index: c_int, len: usize) -> usize {
    // SAFETY: the caller's.
    let from = unsafe {
        if ffi::lua_type(l, index) > ffi::LUA_TNIL { ffi::luaL_checknumber(l, index) } else { 1.0 }
    };
    let from = match from as i64 {
        from @ ..0 => (len as i64 + 1).saturating_add(from).max(1),
        from => from.max(1),
    };
    usize::try_from(from - 1).unwrap_or(usize::MAX)
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
        let from = start(l, 3, text.len());
        host::native(l, |host, l| {
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

/// `string.rep(text, count, separator)`.
unsafe extern "C-unwind" fn repeat(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; nothing is to be dropped where an error is raised.
    unsafe {
        let (text, count) = (argument(l, 1), ffi::luaL_checknumber(l, 2));
        // Luau knows no separators.
        let is_separated = dialect::PLAIN && ffi::lua_type(l, 3) > ffi::LUA_TNIL;
        let between = if is_separated { argument(l, 3).len() } else { 0 };
        let wanted = (count.max(0.0) as usize).saturating_mul(text.len() + between);
        if wanted == 0 {
            // The libraries of plain Lua would count to the end.
            ffi::lua_pushlstring(l, text.as_ptr().cast(), 0);
            return 1;
        }
        // What no text can be is refused in words.
        make_room(l, if wanted < LONGEST { wanted } else { 0 });
        dialect::repeat(l, wanted)
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
