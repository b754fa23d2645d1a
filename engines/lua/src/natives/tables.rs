//! Functions on tables.

#![allow(unsafe_code, reason = "replaces functions through Lua's C interface")]

use std::ffi::{CStr, c_int};

use mlua_sys::{self as ffi, lua_State};
use reactant_core::limits::Stop;

use super::set_function;
use crate::{
    dialect,
    host::{self, Raise},
    value,
    view::{self, Kind},
};

/// The first argument may be a library, which is read.
const READS: u32 = 1 << 8;
/// The first argument must not be a library.
const WRITES: u32 = 1 << 9;
/// Functions that go on as they are, once these arguments are filled (a bit each) and what they do to libraries is seen to.
const FILLING: [(&CStr, &[(&CStr, u32)]); 2] = [
    (
        c"",
        &[(c"rawget", 1 | READS), (c"rawset", 1 | WRITES), (c"rawlen", 1 | READS), (c"unpack", 1)],
    ),
    (
        c"table",
        &[
            (c"concat", 1),
            (c"foreach", 1),
            (c"foreachi", 1),
            (c"getn", 1),
            (c"maxn", 1),
            (c"insert", 1),
            (c"remove", 1),
            (c"unpack", 1),
            (c"move", 1 | 1 << 4),
            (c"find", 1),
            (c"clear", 1),
            (c"freeze", 1),
            (c"isfrozen", 1),
            (c"clone", 1),
        ],
    ),
];

/// `coroutine.wrap`: that of the library writes a place before each message that comes by, and what an event says may look like one.
const WRAP: &str = "
local create, resume, error = coroutine.create, coroutine.resume, error
local function finish(ok, ...)
  if ok then return ... end
  error((...), 0)
end
return function(body)
  local thread = create(body)
  return function(...) return finish(resume(thread, ...)) end
end";
/// What `table.sort` compares with where it was given nothing, and around a function of the library.
const COMPARE: &str = "
return function(a, b) return a < b end, function(compare)
  return function(a, b) return compare(a, b) end
end";
/// Bytes of an item of a table.
const ITEM: usize = 16;
/// Up to so many numbers are sorted without a check of the deadline.
const SORTED_AT_ONCE: usize = 10_000;

/// Puts the functions in their places; the globals are on the top.
///
/// # Safety
///
/// The host is at work.
pub(crate) unsafe fn install(l: *mut lua_State) -> Result<(), String> {
    // SAFETY: every table that is pushed is popped.
    unsafe {
        for (library, functions) in FILLING {
            push_library(l, library);
            for (name, fills) in functions {
                guard(l, name, *fills);
            }
            ffi::lua_settop(l, -2);
        }
        set_function(l, c"next", next);
        set_function(l, c"pairs", pairs);
        set_function(l, c"ipairs", ipairs);
        set_function(l, c"getmetatable", get_metatable);
        push_library(l, c"coroutine");
        if !super::load(l, WRAP.as_bytes(), c"=library")
            || ffi::lua_pcall(l, 0, 1, 0) != ffi::LUA_OK
        {
            return Err("the library cannot be made".into());
        }
        ffi::lua_setfield(l, -2, c"wrap".as_ptr());
        ffi::lua_settop(l, -2);
        push_library(l, c"table");
        replace(l, c"create", create);
        ffi::lua_pushstring(l, c"sort".as_ptr());
        ffi::lua_rawget(l, -2);
        // Comparisons in Lua are interrupted, those of the library are not.
        if !super::load(l, COMPARE.as_bytes(), c"=library")
            || ffi::lua_pcall(l, 0, 2, 0) != ffi::LUA_OK
        {
            return Err("the library cannot be made".into());
        }
        dialect::push_function(l, sort, c"sort", 3);
        ffi::lua_setfield(l, -2, c"sort".as_ptr());
        ffi::lua_settop(l, -2);
        ffi::lua_pushstring(l, c"setmetatable".as_ptr());
        ffi::lua_rawget(l, -2);
        dialect::push_function(l, set_metatable, c"setmetatable", 1);
        ffi::lua_setfield(l, -2, c"setmetatable".as_ptr());
        Ok(())
    }
}

/// Pushes a library of the globals on the top, or these themselves.
pub(crate) unsafe fn push_library(l: *mut lua_State, name: &CStr) {
    // SAFETY: pushes one value.
    unsafe {
        if name.is_empty() {
            ffi::lua_pushvalue(l, -1);
        } else {
            ffi::lua_pushstring(l, name.as_ptr());
            ffi::lua_rawget(l, -2);
        }
    }
}

/// Wraps a function of the library on the top, so that its arguments are filled and its work is seen.
pub(crate) unsafe fn guard(l: *mut lua_State, name: &'static CStr, fills: u32) {
    // SAFETY: the library is on the top, or nil for one that the dialect lacks; a function that it lacks stays missing.
    unsafe {
        if ffi::lua_type(l, -1) != ffi::LUA_TTABLE {
            return;
        }
        ffi::lua_pushstring(l, name.as_ptr());
        ffi::lua_rawget(l, -2);
        if ffi::lua_type(l, -1) == ffi::LUA_TFUNCTION {
            dialect::push_guarded(l, name, fills);
            ffi::lua_setfield(l, -2, name.as_ptr());
        } else {
            ffi::lua_settop(l, -2);
        }
    }
}

/// Puts in the place of a function of the library on the top one that makes its arguments ready, and calls it as if it had been called itself.
///
/// # Safety
///
/// The host is at work. The function is one of the C interface that uses no upvalues.
pub(crate) unsafe fn push_guarded(l: *mut lua_State, name: &'static CStr, fills: u32) {
    // SAFETY: the caller's.
    unsafe {
        ffi::lua_pushnumber(l, fills.into());
        dialect::push_function(l, guarded, name, 2);
    }
}

/// Puts a function of ours in the place of one of the library on the top, which becomes its upvalue. What the dialect lacks stays missing.
pub(crate) unsafe fn replace(l: *mut lua_State, name: &'static CStr, ours: ffi::lua_CFunction) {
    // SAFETY: the library is on the top, or nil.
    unsafe {
        if ffi::lua_type(l, -1) != ffi::LUA_TTABLE {
            return;
        }
        ffi::lua_pushstring(l, name.as_ptr());
        ffi::lua_rawget(l, -2);
        if ffi::lua_type(l, -1) != ffi::LUA_TFUNCTION {
            ffi::lua_settop(l, -2);
            return;
        }
        dialect::push_function(l, ours, name, 1);
        ffi::lua_setfield(l, -2, name.as_ptr());
    }
}

/// Calls the function of the upvalue as if it had been called itself. It must not use upvalues of its own.
pub(crate) unsafe fn original(l: *mut lua_State) -> c_int {
    // SAFETY: the upvalue is a function of the library; nothing is to be dropped where it raises an error.
    unsafe {
        match ffi::lua_tocfunction(l, ffi::lua_upvalueindex(1)) {
            Some(original) => original(l),
            None => 0,
        }
    }
}

pub(crate) unsafe extern "C-unwind" fn guarded(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        ready(l, ffi::lua_tonumber(l, ffi::lua_upvalueindex(2)) as u32);
        original(l)
    }
}

/// Makes the arguments of a function of the library ready: fills them, sees to libraries, and to the clock and the memory.
///
/// # Safety
///
/// Called at the start of a native, with nothing to drop.
pub(crate) unsafe fn ready(l: *mut lua_State, fills: u32) {
    // SAFETY: the caller's.
    unsafe {
        make_room(l, 0);
        if fills & READS != 0 {
            dialect::see_through(l, 1);
        }
        if fills & WRITES != 0 {
            dialect::refuse_library(l, 1);
        }
        if fills & 1 != 0 {
            fill(l, 1);
        }
        if fills & 1 << 4 != 0 {
            fill(l, 5);
        }
    }
}

/// Makes the next check look at the clock, or looks itself where checks do not reach natives, and collects garbage where there is much of it, or where a native wants so many bytes and they are not there.
/// Where they are not there even so, the invocation is over.
pub(crate) unsafe fn make_room(l: *mut lua_State, wanted: usize) {
    // SAFETY: called at the start of a native, with nothing to drop.
    unsafe {
        let host = dialect::host(l);
        host.look_soon();
        dialect::check_depth(l);
        if dialect::PLAIN && host.check().is_err() {
            host::raise_stop(host, l);
        }
        let collects = dialect::PACED && host.used.get() > host.collect_at.get();
        if collects || wanted > host.room() {
            let outer = host.at_work.replace(true);
            host.collect(l);
            host.at_work.set(outer);
        }
        if wanted > host.room() && !host.at_work.get() {
            host.stop(Stop::Memory);
            host::raise_stop(host, l);
        }
    }
}

/// Fills an argument, if it is a view.
///
/// # Safety
///
/// Called at the start of a native.
pub(crate) unsafe fn fill(l: *mut lua_State, index: c_int) {
    // SAFETY: called at the start of a native.
    unsafe {
        let host = dialect::host(l);
        if view::is_view(host, l, index) {
            let outer = host.at_work.replace(true);
            let filled = view::fill(host, l, index);
            host.at_work.set(outer);
            match filled {
                Ok(()) => {}
                Err(Raise::Stopped) => host::raise_stop(host, l),
                Err(Raise::Error(message)) => {
                    drop(message);
                    ffi::luaL_error(l, c"stack overflow".as_ptr());
                }
            }
        }
    }
}

/// `next(table, key)`.
///
/// # Safety
///
/// Called by Lua.
pub(crate) unsafe extern "C-unwind" fn next(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; nothing is to be dropped where an error is raised.
    unsafe {
        ffi::luaL_checktype(l, 1, ffi::LUA_TTABLE);
        fill(l, 1);
        ffi::lua_settop(l, 2);
        dialect::see_through(l, 1);
        if ffi::lua_next(l, 1) != 0 {
            2
        } else {
            ffi::lua_pushnil(l);
            1
        }
    }
}

/// `pairs(table)`.
unsafe extern "C-unwind" fn pairs(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        ffi::luaL_checktype(l, 1, ffi::LUA_TTABLE);
        fill(l, 1);
        dialect::host(l).look_soon();
        ffi::lua_settop(l, 1);
        dialect::push_function(l, next, c"next", 0);
        ffi::lua_insert(l, 1);
        ffi::lua_pushnil(l);
        3
    }
}

/// `ipairs(table)`.
unsafe extern "C-unwind" fn ipairs(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        ffi::luaL_checktype(l, 1, ffi::LUA_TTABLE);
        fill(l, 1);
        ffi::lua_settop(l, 1);
        dialect::push_function(l, next_item, c"next", 0);
        ffi::lua_insert(l, 1);
        ffi::lua_pushnumber(l, 0.0);
        3
    }
}

/// The step of `ipairs`: a script may call it with any table.
unsafe extern "C-unwind" fn next_item(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        ffi::luaL_checktype(l, 1, ffi::LUA_TTABLE);
        fill(l, 1);
        let place = ffi::luaL_checkinteger(l, 2).wrapping_add(1);
        value::push_int(l, place as i64);
        ffi::lua_pushvalue(l, -1);
        ffi::lua_rawget(l, 1);
        if ffi::lua_type(l, -1) == ffi::LUA_TNIL { 0 } else { 2 }
    }
}

/// `getmetatable(value)`: ours are not there.
unsafe extern "C-unwind" fn get_metatable(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        ffi::luaL_checkany(l, 1);
        fill(l, 1);
        let is_table = ffi::lua_type(l, 1) == ffi::LUA_TTABLE;
        let ours = is_table && view::kind(dialect::host(l), l, 1).is_some();
        if ours || dialect::hides_metatable(l, 1) || ffi::lua_getmetatable(l, 1) == 0 {
            ffi::lua_pushnil(l);
            return 1;
        }
        ffi::lua_pushstring(l, c"__metatable".as_ptr());
        ffi::lua_rawget(l, -2);
        if ffi::lua_type(l, -1) == ffi::LUA_TNIL {
            ffi::lua_settop(l, -2);
        }
        1
    }
}

/// `setmetatable(table, metatable)`.
unsafe extern "C-unwind" fn set_metatable(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        dialect::refuse_library(l, 1);
        fill(l, 1);
        if ffi::lua_type(l, 1) == ffi::LUA_TTABLE {
            let host = dialect::host(l);
            let outer = host.at_work.replace(true);
            if view::kind(host, l, 1) == Some(Kind::List) {
                view::keep_list(host, l, 1);
            }
            host.at_work.set(outer);
        }
        dialect::without_finalizer(l, original)
    }
}

/// `table.create(count, value)`.
unsafe extern "C-unwind" fn create(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua.
    unsafe {
        let count = ffi::lua_tonumber(l, 1);
        // What no table can have is the library's to refuse.
        if (0.0..=f64::from(c_int::MAX)).contains(&count) {
            make_room(l, (count as usize).saturating_mul(ITEM));
        }
        original(l)
    }
}

/// `table.sort(table, compare)`.
unsafe extern "C-unwind" fn sort(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; the second upvalue compares, the third makes a comparison of a function of the library.
    unsafe {
        ffi::luaL_checktype(l, 1, ffi::LUA_TTABLE);
        dialect::refuse_library(l, 1);
        fill(l, 1);
        make_room(l, 0);
        if ffi::lua_type(l, 2) <= ffi::LUA_TNIL {
            ffi::lua_settop(l, 1);
            ffi::lua_rawgeti(l, 1, 1);
            let numbers = ffi::lua_type(l, 2) == ffi::LUA_TNUMBER;
            ffi::lua_settop(l, 1);
            let plain = dialect::PACED || dialect::metatable(l, 1).is_null();
            if !numbers || !plain || ffi::lua_rawlen(l, 1) > SORTED_AT_ONCE {
                ffi::lua_pushvalue(l, ffi::lua_upvalueindex(2));
            }
        } else if ffi::lua_iscfunction(l, 2) != 0 {
            ffi::lua_settop(l, 2);
            ffi::lua_pushvalue(l, ffi::lua_upvalueindex(3));
            ffi::lua_insert(l, 2);
            ffi::lua_call(l, 1, 1);
        }
        original(l)
    }
}
