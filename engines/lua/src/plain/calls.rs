//! Lua 5.4: what calls a function of the script's and catches its errors. A stop goes through.
//!
//! Memory that the allocator refused, though garbage was collected, is the end as well: Lua tells it by a status of its own. And what sets metatables:
//! `__gc` would be called when it likes.

#![allow(unsafe_code, reason = "called by Lua, and calls it")]

use std::ffi::c_int;

use mlua_sys::{self as ffi, lua_State};
use reactant_core::limits::Stop;

use crate::{
    dialect,
    host::{self, Host},
    natives::{self, original, push_library, replace, set_function},
    plain::{handle, refuse_library},
};

/// Puts the functions in their places; the globals are on the top.
///
/// # Safety
///
/// The host is at work.
pub(crate) unsafe fn install(l: *mut lua_State) {
    // SAFETY: the library that is pushed is popped.
    unsafe {
        set_function(l, c"pcall", protected);
        set_function(l, c"xpcall", protected_with_handler);
        push_library(l, c"coroutine");
        set_function(l, c"resume", resume);
        replace(l, c"close", close);
        ffi::lua_settop(l, -2);
    }
}

/// Whether a call ended well; raises what must not be caught.
unsafe fn is_well(host: &Host, l: *mut lua_State, status: c_int) -> bool {
    if status == ffi::LUA_ERRMEM {
        host.stop_if_running(Stop::Memory);
    }
    if host.stopped().is_some() {
        // SAFETY: nothing is left to drop.
        unsafe { host::raise_stop(host, l) }
    }
    matches!(status, ffi::LUA_OK | ffi::LUA_YIELD)
}

/// `pcall(function, ...)`.
unsafe extern "C-unwind" fn protected(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; nothing is to be dropped where an error is raised.
    unsafe {
        ffi::luaL_checkany(l, 1);
        ffi::lua_pushboolean(l, 1);
        ffi::lua_insert(l, 1);
        let given = ffi::lua_gettop(l) - 2;
        let status = ffi::lua_pcallk(l, given, ffi::LUA_MULTRET, 0, 0, Some(finish));
        finish(l, status, 0)
    }
}

/// `xpcall(function, handler, ...)`.
unsafe extern "C-unwind" fn protected_with_handler(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; nothing is to be dropped where an error is raised.
    unsafe {
        let given = ffi::lua_gettop(l);
        ffi::luaL_checktype(l, 2, ffi::LUA_TFUNCTION);
        ffi::lua_pushvalue(l, 2);
        ffi::lua_pushcclosure(l, handle, 1);
        ffi::lua_replace(l, 2);
        ffi::lua_pushboolean(l, 1);
        ffi::lua_pushvalue(l, 1);
        ffi::lua_rotate(l, 3, 2);
        let status = ffi::lua_pcallk(l, given - 2, ffi::LUA_MULTRET, 2, 2, Some(finish));
        finish(l, status, 2)
    }
}

/// What either gives, with so many values below it.
unsafe extern "C-unwind" fn finish(
    l: *mut lua_State,
    status: c_int,
    below: ffi::lua_KContext,
) -> c_int {
    // SAFETY: called by Lua, or at the end of a native.
    unsafe {
        if is_well(dialect::host(l), l, status) {
            return ffi::lua_gettop(l) - below as c_int;
        }
        ffi::lua_pushboolean(l, 0);
        ffi::lua_pushvalue(l, -2);
        2
    }
}

/// `coroutine.resume(thread, ...)`.
unsafe extern "C-unwind" fn resume(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; nothing is to be dropped where an error is raised.
    unsafe {
        let thread = ffi::lua_tothread(l, 1);
        if thread.is_null() {
            ffi::luaL_argerror(l, 1, c"coroutine expected".as_ptr());
        }
        let given = ffi::lua_gettop(l) - 1;
        if ffi::lua_checkstack(thread, given) == 0 {
            ffi::lua_pushboolean(l, 0);
            ffi::lua_pushstring(l, c"too many arguments to resume".as_ptr());
            return 2;
        }
        ffi::lua_xmove(l, thread, given);
        let mut count = 0;
        let status = ffi::lua_resume(thread, l, given, &mut count);
        if !is_well(dialect::host(l), l, status) {
            ffi::lua_pushboolean(l, 0);
            ffi::lua_xmove(thread, l, 1);
            return 2;
        }
        if ffi::lua_checkstack(l, count + 1) == 0 {
            ffi::lua_settop(thread, -count - 1);
            ffi::lua_pushboolean(l, 0);
            ffi::lua_pushstring(l, c"too many results to resume".as_ptr());
            return 2;
        }
        ffi::lua_pushboolean(l, 1);
        ffi::lua_xmove(thread, l, count);
        count + 1
    }
}

/// `coroutine.close(thread)`: runs what the thread left to be closed.
unsafe extern "C-unwind" fn close(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; nothing is to be dropped where an error is raised.
    unsafe {
        let count = original(l);
        is_well(dialect::host(l), l, ffi::LUA_OK);
        count
    }
}

/// Sets a metatable, the second argument, by the library's function. Its `__gc` is put aside meanwhile, so that Lua does not see it: a finalizer
/// would run when it likes.
///
/// # Safety
///
/// Called by a native, with nothing to drop.
pub(crate) unsafe fn without_finalizer(
    l: *mut lua_State,
    set: unsafe fn(*mut lua_State) -> c_int,
) -> c_int {
    // SAFETY: what is pushed is popped; a value is set for a key that was there.
    unsafe {
        if ffi::lua_gettop(l) < 2 || ffi::lua_type(l, 2) != ffi::LUA_TTABLE {
            return set(l);
        }
        refuse_library(l, 2);
        ffi::lua_settop(l, 2);
        natives::fill(l, 2);
        ffi::lua_pushstring(l, c"__gc".as_ptr());
        ffi::lua_rawget(l, 2);
        if ffi::lua_type(l, -1) == ffi::LUA_TNIL {
            ffi::lua_settop(l, 2);
            return set(l);
        }
        let finalizer = ffi::lua_gettop(l);
        ffi::lua_pushnil(l);
        set_finalizer(l);
        // What the library refuses it refuses before it looks for a finalizer.
        let protected = ffi::luaL_getmetafield(l, 1, c"__metatable".as_ptr()) != ffi::LUA_TNIL;
        if !protected && ffi::lua_type(l, 1) == ffi::LUA_TTABLE {
            ffi::lua_pushvalue(l, 2);
            ffi::lua_setmetatable(l, 1);
        }
        ffi::lua_pushvalue(l, finalizer);
        set_finalizer(l);
        ffi::lua_settop(l, 2);
        if protected || ffi::lua_type(l, 1) != ffi::LUA_TTABLE {
            // For its words; it sets nothing.
            return set(l);
        }
        ffi::lua_settop(l, 1);
        1
    }
}

/// Pops the value on the top into the `__gc` of the table at 2, raw.
unsafe fn set_finalizer(l: *mut lua_State) {
    // SAFETY: the caller's.
    unsafe {
        ffi::lua_pushstring(l, c"__gc".as_ptr());
        ffi::lua_insert(l, -2);
        ffi::lua_rawset(l, 2);
    }
}
