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

use std::ffi::{CStr, c_char, c_int};

use mlua_sys::{self as ffi, lua_State};

pub(crate) use tables::{fill, next};

use crate::{host, json, state::State, value, view};

/// What the standard library has, and a reaction must not: it would print, read the environment, end the process, run code that was never checked, reach
/// other functions' environments or see the collector at work.
const TAKEN: [&CStr; 14] = [
    c"print",
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
        // `table.move` of a huge range of nothing would take minutes.
        ffi::luau_setfflag(c"LuauTableMoveTimeoutFix".as_ptr(), 1);
        let callbacks = ffi::lua_callbacks(l);
        (*callbacks).userdata = std::ptr::from_ref(host).cast_mut().cast();
        (*callbacks).interrupt = Some(host::interrupt);
        ffi::lua_pushcfunction(l, open_libraries);
        if ffi::lua_pcall(l, 0, 0, 0) != ffi::LUA_OK {
            return Err(value::text(l, -1).unwrap_or_else(|| "no memory for the library".into()));
        }
        view::install(host, l);
        ffi::lua_pushvalue(l, ffi::LUA_GLOBALSINDEX);
        for name in TAKEN {
            ffi::lua_pushnil(l);
            ffi::lua_setfield(l, -2, name.as_ptr());
        }
        tables::install(l)?;
        texts::install(l);
        random::install(l);
        clock::install(l);
        json::install(l);
        for (place, name) in host.names.iter().enumerate() {
            ffi::lua_pushnumber(l, place as f64);
            ffi::lua_pushcclosured(l, host::call_helper, name.as_ptr(), 1);
            ffi::lua_setfield(l, -2, name.as_ptr());
        }
        ffi::luaL_sandbox(l, 1);
        Ok(ffi::luaL_ref(l, ffi::LUA_REGISTRYINDEX))
    }
}

unsafe extern "C-unwind" fn open_libraries(l: *mut lua_State) -> c_int {
    // SAFETY: runs protected.
    unsafe {
        for (name, open) in [
            (c"", ffi::luaopen_base as ffi::lua_CFunction),
            (c"coroutine", ffi::luaopen_coroutine),
            (c"table", ffi::luaopen_table),
            (c"string", ffi::luaopen_string),
            (c"math", ffi::luaopen_math),
            (c"utf8", ffi::luaopen_utf8),
            (c"bit32", ffi::luaopen_bit32),
            (c"buffer", ffi::luaopen_buffer),
            (c"vector", ffi::luaopen_vector),
        ] {
            ffi::lua_pushcfunction(l, open);
            ffi::lua_pushstring(l, name.as_ptr());
            ffi::lua_call(l, 1, 0);
        }
        0
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
        ffi::lua_pushcclosured(l, function, name.as_ptr(), 0);
        ffi::lua_setfield(l, -2, name.as_ptr());
    }
}

/// Pushes a fresh table of globals.
///
/// # Safety
///
/// The host is at work.
pub(crate) unsafe fn push_globals(l: *mut lua_State, globals: c_int, reflects: bool) {
    // SAFETY: the registry holds the globals.
    unsafe {
        ffi::lua_rawgeti(l, ffi::LUA_REGISTRYINDEX, globals.into());
        ffi::lua_clonetable(l, -1);
        ffi::lua_remove(l, -2);
        ffi::lua_pushvalue(l, -1);
        ffi::lua_setfield(l, -2, c"_G".as_ptr());
        ffi::lua_setsafeenv(l, -1, c_int::from(!reflects));
    }
}

/// Puts in place of the main function on the top a copy with these globals.
///
/// # Safety
///
/// There are such a function and such a table.
pub(crate) unsafe fn bind(l: *mut lua_State, globals: c_int) {
    // SAFETY: the caller's.
    unsafe {
        ffi::lua_clonefunction(l, -1);
        ffi::lua_remove(l, -2);
        ffi::lua_pushvalue(l, globals);
        ffi::lua_setfenv(l, -2);
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

/// Compiles a text; leaves the function, or a message.
///
/// # Safety
///
/// The host is at work.
pub(crate) unsafe fn load(l: *mut lua_State, text: &[u8], name: &CStr) -> bool {
    // What the compiler would turn into instructions that read tables raw, without asking the functions that stand in their place.
    const DISABLED: [*const c_char; 10] = [
        c"rawget".as_ptr(),
        c"rawset".as_ptr(),
        c"rawlen".as_ptr(),
        c"unpack".as_ptr(),
        c"select".as_ptr(),
        c"getmetatable".as_ptr(),
        c"setmetatable".as_ptr(),
        c"table.insert".as_ptr(),
        c"table.unpack".as_ptr(),
        std::ptr::null(),
    ];
    const MUTABLE: [*const c_char; 2] = [c"next".as_ptr(), std::ptr::null()];
    let mut options = ffi::lua_CompileOptions::default();
    options.disabledBuiltins = DISABLED.as_ptr();
    options.mutableGlobals = MUTABLE.as_ptr();
    // SAFETY: the lists end with null; the code is Luau's own.
    unsafe {
        let code = ffi::luau_compile(text, options);
        ffi::luau_load(l, name.as_ptr(), code.as_ptr().cast(), code.len(), 0) == ffi::LUA_OK
    }
}
