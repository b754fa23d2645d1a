//! The functions of `table` that go through ranges: the library's would do so without an end, and ask metatables at each place.
//!
//! These read and write tables raw, as Luau's do, and look at the clock on the way.

#![allow(unsafe_code, reason = "called by Lua")]

use std::ffi::{CStr, c_int};

use mlua_sys::{self as ffi, lua_State};
use reactant_core::limits::Stop;

use super::refuse_library;
use crate::{
    dialect,
    host::{self, Host, Raise},
    natives::{fill, make_room, push_library, set_function},
};

/// So many places are gone through between two looks at the clock and the memory.
const CHECKS: i64 = 1024;
/// Bytes of a place of the stack.
const SLOT: usize = 16;

/// Puts the functions in their places; the globals are on the top.
///
/// # Safety
///
/// The host is at work.
pub(super) unsafe fn install(l: *mut lua_State) {
    // SAFETY: the library that is pushed is popped.
    unsafe {
        push_library(l, c"table");
        for (name, function) in [
            (c"insert", insert as ffi::lua_CFunction),
            (c"remove", remove),
            (c"move", shift),
            (c"concat", concat),
            (c"unpack", unpack),
        ] {
            set_function(l, name, function);
        }
        ffi::lua_settop(l, -2);
    }
}

/// A table argument, filled; raises an error for anything else, and for a library if it is to be written.
unsafe fn table(l: *mut lua_State, index: c_int, written: bool) {
    // SAFETY: called at the start of a native, with nothing to drop.
    unsafe {
        ffi::luaL_checktype(l, index, ffi::LUA_TTABLE);
        if written {
            refuse_library(l, index);
        }
        fill(l, index);
    }
}

/// A whole number, or what stands for a missing one.
unsafe fn place(l: *mut lua_State, index: c_int, otherwise: i64) -> i64 {
    // SAFETY: called at the start of a native, with nothing to drop.
    unsafe {
        if ffi::lua_type(l, index) <= ffi::LUA_TNIL {
            return otherwise;
        }
        ffi::luaL_checkinteger(l, index) as i64
    }
}

unsafe fn get(l: *mut lua_State, table: c_int, place: i64) {
    // SAFETY: pushes one value.
    unsafe {
        dialect::push_int(l, place);
        ffi::lua_rawget(l, table);
    }
}

/// Pops the value on the top into a place.
unsafe fn set(l: *mut lua_State, table: c_int, place: i64) {
    // SAFETY: a whole number is a key that no table refuses.
    unsafe {
        dialect::push_int(l, place);
        ffi::lua_insert(l, -2);
        ffi::lua_rawset(l, table);
    }
}

fn look(host: &Host, step: i64) -> Result<(), Raise> {
    if step % CHECKS == 0 { host.check() } else { Ok(()) }
}

/// `table.insert(list, value)`, `table.insert(list, place, value)`.
unsafe extern "C-unwind" fn insert(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; nothing is to be dropped where Lua raises an error.
    unsafe {
        table(l, 1, true);
        let end = ffi::lua_rawlen(l, 1) as i64 + 1;
        let at = match ffi::lua_gettop(l) {
            2 => end,
            3 => {
                let at = ffi::luaL_checkinteger(l, 2) as i64;
                if !(1..=end).contains(&at) {
                    ffi::luaL_argerror(l, 2, c"position out of bounds".as_ptr());
                }
                at
            }
            _ => {
                ffi::luaL_error(l, c"wrong number of arguments to 'insert'".as_ptr());
                return 0;
            }
        };
        host::native(l, |host, l| {
            for place in (at..end).rev() {
                look(host, place)?;
                get(l, 1, place);
                set(l, 1, place + 1);
            }
            set(l, 1, at);
            Ok(0)
        })
    }
}

/// `table.remove(list, place)`.
unsafe extern "C-unwind" fn remove(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; nothing is to be dropped where Lua raises an error.
    unsafe {
        table(l, 1, true);
        let size = ffi::lua_rawlen(l, 1) as i64;
        let at = place(l, 2, size);
        // As in the library: an empty list may be asked for its last place, 0.
        if at != size && !(1..=size + 1).contains(&at) {
            ffi::luaL_argerror(l, 2, c"position out of bounds".as_ptr());
        }
        host::native(l, |host, l| {
            get(l, 1, at);
            for place in at..size {
                look(host, place)?;
                get(l, 1, place + 1);
                set(l, 1, place);
            }
            if at <= size {
                ffi::lua_pushnil(l);
                set(l, 1, size);
            }
            Ok(1)
        })
    }
}

/// `table.move(from, first, last, to, other)`.
unsafe extern "C-unwind" fn shift(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; nothing is to be dropped where Lua raises an error.
    unsafe {
        let target = if ffi::lua_type(l, 5) > ffi::LUA_TNIL { 5 } else { 1 };
        table(l, 1, target == 1);
        let first = ffi::luaL_checkinteger(l, 2) as i64;
        let last = ffi::luaL_checkinteger(l, 3) as i64;
        let to = ffi::luaL_checkinteger(l, 4) as i64;
        table(l, target, true);
        let count = i128::from(last) - i128::from(first) + 1;
        if count > i128::from(i64::MAX) || (count > 0 && to.checked_add(count as i64 - 1).is_none())
        {
            ffi::luaL_argerror(l, 3, c"too many elements to move".as_ptr());
        }
        let upwards = to > last || to <= first || ffi::lua_rawequal(l, 1, target) == 0;
        host::native(l, |host, l| {
            let count = i64::try_from(count.max(0)).unwrap_or(0);
            for step in 0..count {
                look(host, step)?;
                let step = if upwards { step } else { count - 1 - step };
                get(l, 1, first + step);
                set(l, target, to + step);
            }
            ffi::lua_pushvalue(l, target);
            Ok(1)
        })
    }
}

/// `table.concat(list, separator, first, last)`.
unsafe extern "C-unwind" fn concat(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; nothing is to be dropped where Lua raises an error.
    unsafe {
        table(l, 1, false);
        let mut len = 0;
        let start = ffi::luaL_optlstring(l, 2, c"".as_ptr(), &mut len);
        let separator = std::slice::from_raw_parts(start.cast::<u8>(), len);
        let (first, last) = (place(l, 3, 1), place(l, 4, ffi::lua_rawlen(l, 1) as i64));
        make_room(l, 0);
        host::native(l, |host, l| {
            let mut total = 0_usize;
            for place in first..=last {
                look(host, place)?;
                get(l, 1, place);
                if !matches!(ffi::lua_type(l, -1), ffi::LUA_TSTRING | ffi::LUA_TNUMBER) {
                    let kind = CStr::from_ptr(ffi::luaL_typename(l, -1)).to_string_lossy();
                    let message = format!(
                        "invalid value (at index {place}) in table for 'concat' (a {kind} value)"
                    );
                    return Err(Raise::Error(message));
                }
                let mut len = 0;
                ffi::lua_tolstring(l, -1, &mut len);
                ffi::lua_settop(l, -2);
                total += len + if place < last { separator.len() } else { 0 };
                // The text is made beside the state, and copied into it.
                if total.saturating_mul(2) > host.room() {
                    host.stop(Stop::Memory);
                    return Err(Raise::Stopped);
                }
            }
            let mut text: Vec<u8> = Vec::with_capacity(total);
            for place in first..=last {
                look(host, place)?;
                get(l, 1, place);
                let mut len = 0;
                let start = ffi::lua_tolstring(l, -1, &mut len);
                text.extend_from_slice(std::slice::from_raw_parts(start.cast(), len));
                if place < last {
                    text.extend_from_slice(separator);
                }
                ffi::lua_settop(l, -2);
            }
            ffi::lua_pushlstring(l, text.as_ptr().cast(), text.len());
            Ok(1)
        })
    }
}

/// `table.unpack(list, first, last)`.
unsafe extern "C-unwind" fn unpack(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; nothing is to be dropped where Lua raises an error.
    unsafe {
        table(l, 1, false);
        let (first, last) = (place(l, 2, 1), place(l, 3, ffi::lua_rawlen(l, 1) as i64));
        if first > last {
            return 0;
        }
        let count = last.wrapping_sub(first).cast_unsigned();
        let count = usize::try_from(count).ok().filter(|count| *count < 1_000_000);
        let Some(count) = count else {
            ffi::luaL_error(l, c"too many results to unpack".as_ptr());
            return 0;
        };
        make_room(l, count * SLOT);
        host::native(l, |_, l| {
            // One for the key.
            if ffi::lua_checkstack(l, count as c_int + 2) == 0 {
                return Err(Raise::Error("too many results to unpack".into()));
            }
            for place in first..=last {
                get(l, 1, place);
            }
            Ok(count as c_int + 1)
        })
    }
}
