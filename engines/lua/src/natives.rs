//! The standard library of a state: what is opened, what is taken away, what is put in its place.
//!
//! Functions that read tables raw fill their arguments first ([`view`]). Between two checks of the deadline no native may run for long: those whose work
//! grows with their arguments make the next check look at the clock, and those whose work grows faster are bounded or written anew.

#![allow(unsafe_code, reason = "opens and replaces functions through Lua's C interface")]

mod clock;
mod random;
mod search;
mod tables;
mod texts;

use std::ffi::{CStr, c_int};

use mlua_sys::{self as ffi, lua_State};

pub(crate) use crate::dialect::load;
pub(crate) use tables::{fill, make_room, next, push_guarded, push_library};
#[cfg(feature = "luajit")]
pub(crate) use tables::{guard, ready};
#[cfg(not(feature = "luajit"))]
pub(crate) use tables::{original, replace};
pub(crate) use texts::argument;
#[cfg(not(feature = "luau"))]
pub(crate) use texts::{LONGEST, start};

use crate::{dialect, json, state::State, view};

/// What the standard library has, and a reaction must not: it would print, read the environment, end the process, run code that was never checked, reach
/// other functions' environments or see the collector at work.
const TAKEN: [&CStr; 18] = [
    c"print",
    c"warn",
    c"package",
    c"jit",
    c"ffi",
    c"newproxy",
    c"getfenv",
    c"setfenv",
    c"gcinfo",
    c"collectgarbage",
    c"load",
    c"loadstring",
    c"loadfile",
    c"dofile",
    c"require",
    c"module",
    c"debug",
    c"io",
];

/// Opens the libraries in a new state; the globals that every invocation gets a copy of are kept in the registry.
///
/// # Errors
///
/// Says what went wrong.
///
/// # Safety
///
/// The state is new.
pub(crate) unsafe fn open(state: &State) -> Result<c_int, String> {
    let (host, l) = (state.host(), state.raw);
    // SAFETY: opening runs protected; afterwards allocations do not fail.
    unsafe {
        dialect::open(host, l)?;
        view::install(host, l);
        for name in TAKEN {
            ffi::lua_pushnil(l);
            ffi::lua_setfield(l, -2, name.as_ptr());
        }
        push_library(l, c"string");
        ffi::lua_pushnil(l);
        ffi::lua_setfield(l, -2, c"dump".as_ptr());
        ffi::lua_settop(l, -2);
        dialect::install(l)?;
        tables::install(l)?;
        texts::install(l);
        random::install(l);
        clock::install(l);
        json::install(l);
        for (place, name) in host.names.iter().enumerate() {
            ffi::lua_pushnumber(l, place as f64);
            dialect::push_helper(l, name);
            ffi::lua_setfield(l, -2, name.as_ptr());
        }
        dialect::seal(l);
        Ok(ffi::luaL_ref(l, ffi::LUA_REGISTRYINDEX))
    }
}

/// Sets a function of ours in the table on the top.
///
/// # Safety
///
/// The host is at work.
pub(crate) unsafe fn set_function(
    l: *mut lua_State,
    name: &'static CStr,
    function: ffi::lua_CFunction,
) {
    // SAFETY: the table is on the top; the name lives for ever.
    unsafe {
        dialect::push_function(l, function, name, 0);
        ffi::lua_setfield(l, -2, name.as_ptr());
    }
}

/// Sets a global to the value on the top and pops it, unless the script set its own.
///
/// # Safety
///
/// The table of globals is at `globals`.
pub(crate) unsafe fn set_new(l: *mut lua_State, globals: c_int, name: &CStr) {
    // SAFETY: the caller's.
    unsafe {
        ffi::lua_pushstring(l, name.as_ptr());
        ffi::lua_rawget(l, globals);
        let taken = ffi::lua_type(l, -1) != ffi::LUA_TNIL;
        ffi::lua_settop(l, -2);
        if taken {
            ffi::lua_settop(l, -2);
        } else {
            ffi::lua_pushstring(l, name.as_ptr());
            ffi::lua_insert(l, -2);
            ffi::lua_rawset(l, globals);
        }
    }
}
