//! Plain Lua: what Luau brings along, made of what the reference interface has.
//!
//! **The deadline** is looked at by a hook that counts instructions, in every coroutine, and by the allocator. A stop is an error that a script could catch; from
//! then on the hook raises it again at the very next instruction, and so does everything that calls a script's function and catches (`plain/calls.rs`).
//! Hooks do not reach into the library: what may run for long there is written anew (`plain/patterns.rs`, `plain/tables.rs`).
//!
//! **The libraries** are read-only: what a script sees is a table without entries, whose metatable leads to the library. Functions that read tables raw
//! see through it.

#![allow(unsafe_code, reason = "drives plain Lua through its C interface")]

#[cfg(feature = "lua54")]
pub(crate) mod calls;
mod matcher;
pub(crate) mod patterns;
pub(crate) mod tables;

use std::ffi::{CStr, CString, c_char, c_int, c_void};

use mlua_sys::{self as ffi, lua_State};

use crate::{
    dialect::{self, Call},
    host::{self, Host, Raise},
    natives, value,
};

/// So many instructions pass between two looks at the clock.
const INSTRUCTIONS: c_int = 128;
/// So many where there are long texts or tables: each may take milliseconds then.
const FEW: c_int = 8;
/// From which size on they are long, in bytes.
pub(crate) const LONG: usize = 256 << 10;

/// What functions of ours that are written in Lua and called by natives are called as a source.
const OURS: &str = "library";
/// What functions of ours that are written in Lua and stand in the place of natives are called as a source.
#[cfg(feature = "luajit")]
pub(crate) const STANDING: &str = "stands for a native";

/// At index 1 of the metatable that leads to a library.
static LIBRARY: u32 = 0;

fn library_mark() -> *mut c_void {
    (&raw const LIBRARY).cast_mut().cast()
}

/// The host of a state.
///
/// # Safety
///
/// `l` belongs to a state of a [`State`](crate::state::State).
pub(crate) unsafe fn host<'a>(l: *mut lua_State) -> &'a Host {
    // SAFETY: the state allocates from its host.
    unsafe {
        let mut host = std::ptr::null_mut();
        ffi::lua_getallocf(l, &mut host);
        &*host.cast_const().cast::<Host>()
    }
}

/// Called before a script runs: sets the hook, which coroutines inherit.
///
/// # Safety
///
/// `l` is the main thread.
pub(crate) unsafe fn arm(l: *mut lua_State) {
    // SAFETY: the caller's.
    unsafe {
        let count = if host(l).long.get() { FEW } else { INSTRUCTIONS };
        ffi::lua_sethook(l, Some(hook), ffi::LUA_MASKCOUNT, count);
    }
}

/// Called before a stop is raised: should it be caught, the next instruction raises it again.
///
/// # Safety
///
/// `l` is the thread that runs.
pub(crate) unsafe fn disarm(l: *mut lua_State) {
    // SAFETY: the caller's.
    unsafe {
        ffi::lua_sethook(l, Some(hook), ffi::LUA_MASKCOUNT, 1);
    }
}

unsafe extern "C-unwind" fn hook(l: *mut lua_State, _: *mut ffi::lua_Debug) {
    // SAFETY: called by the state; nothing is left to drop when the error is raised.
    unsafe {
        let host = host(l);
        if dialect::PACED && host.used.get() > host.collect_at.get() {
            host.at_work.set(true);
            host.collect(l);
            host.at_work.set(false);
            arm(l);
        }
        if host.long.get() && ffi::lua_gethookcount(l) == INSTRUCTIONS {
            arm(l);
        }
        if host.check().is_err() {
            host::raise_stop(host, l)
        }
    }
}

/// A call on the stack; `None` beyond the outermost. A function without a name may have one in the table that `names` pushes, given the function on the top.
///
/// # Safety
///
/// Called by a native or a message handler.
pub(crate) unsafe fn call(
    l: *mut lua_State,
    level: c_int,
    names: unsafe fn(*mut lua_State),
) -> Option<Call> {
    // SAFETY: Lua fills the record, whose texts are good until the stack changes; what is pushed is popped.
    unsafe {
        let mut record: ffi::lua_Debug = std::mem::zeroed();
        if ffi::lua_getstack(l, level, &mut record) == 0 {
            return None;
        }
        ffi::lua_getinfo(l, c"Slnf".as_ptr(), &mut record);
        let text = |start: *const c_char| {
            if start.is_null() {
                String::new()
            } else {
                CStr::from_ptr(start).to_string_lossy().into_owned()
            }
        };
        let mut call = Call {
            source: text(record.short_src.as_ptr()),
            what: text(record.what),
            line: record.currentline,
            name: text(record.name),
        };
        if call.name.is_empty() && call.what == "Lua" {
            names(l);
            call.name = name_in(l, -1, -2);
            ffi::lua_settop(l, -2);
        }
        ffi::lua_settop(l, -2);
        Some(call)
    }
}

/// Pushes a function of ours.
///
/// # Safety
///
/// The host is at work, and so many upvalues are on the top.
pub(crate) unsafe fn push_function(
    l: *mut lua_State,
    function: ffi::lua_CFunction,
    _name: &'static CStr,
    upvalues: c_int,
) {
    // SAFETY: the caller's.
    unsafe { ffi::lua_pushcclosure(l, function, upvalues) }
}

/// Pushes the function that calls a helper, whose place is on the top.
///
/// # Safety
///
/// The host is at work.
pub(crate) unsafe fn push_helper(l: *mut lua_State, _name: &CStr) {
    // SAFETY: the caller's.
    unsafe { ffi::lua_pushcclosure(l, host::call_helper, 1) }
}

/// The address of a table's metatable.
///
/// # Safety
///
/// There is a table at `index`, and room on the stack for one more.
pub(crate) unsafe fn metatable(l: *mut lua_State, index: c_int) -> *const c_void {
    // SAFETY: what is pushed is popped.
    unsafe {
        if ffi::lua_getmetatable(l, index) == 0 {
            return std::ptr::null();
        }
        let address = ffi::lua_topointer(l, -1);
        ffi::lua_settop(l, -2);
        address
    }
}

/// Tables cannot be frozen: those that are ours do not come into a script's hands.
///
/// # Safety
///
/// None here.
pub(crate) unsafe fn freeze(_: *mut lua_State) {}

/// Scripts cannot freeze tables.
///
/// # Safety
///
/// None here.
pub(crate) unsafe fn thaw(_: *mut lua_State, _: c_int) -> c_int {
    0
}

/// Scripts cannot freeze tables.
///
/// # Safety
///
/// None here.
pub(crate) unsafe fn refreeze(_: *mut lua_State, _: c_int, _: c_int) {}

/// Puts what plain Lua needs in place: functions of ours for those that no hook reaches.
///
/// # Errors
///
/// Says what could not be made.
///
/// # Safety
///
/// The globals are on the top, and the host is at work.
pub(crate) unsafe fn install(l: *mut lua_State) -> Result<(), String> {
    // SAFETY: the caller's.
    unsafe {
        tables::install(l);
        patterns::install(l)
    }
}

/// Makes the libraries of the globals on the top read-only.
///
/// # Safety
///
/// The host is at work.
pub(crate) unsafe fn seal(l: *mut lua_State) {
    // SAFETY: a value is set for a key that is there, which `lua_next` allows; what is pushed is popped.
    unsafe {
        let globals = ffi::lua_gettop(l);
        ffi::lua_pushnil(l);
        while ffi::lua_next(l, globals) != 0 {
            let is_library =
                ffi::lua_type(l, -1) == ffi::LUA_TTABLE && ffi::lua_rawequal(l, -1, globals) == 0;
            if is_library {
                ffi::lua_createtable(l, 0, 0);
                ffi::lua_createtable(l, 1, 2);
                ffi::lua_pushlightuserdata(l, library_mark());
                ffi::lua_rawseti(l, -2, 1);
                ffi::lua_pushvalue(l, -3);
                ffi::lua_setfield(l, -2, c"__index".as_ptr());
                ffi::lua_pushcclosure(l, refuse, 0);
                ffi::lua_setfield(l, -2, c"__newindex".as_ptr());
                ffi::lua_setmetatable(l, -2);
                ffi::lua_pushvalue(l, globals + 1);
                ffi::lua_pushvalue(l, -2);
                ffi::lua_rawset(l, globals);
                ffi::lua_settop(l, -2);
            }
            ffi::lua_settop(l, -2);
        }
        // Methods of texts.
        ffi::lua_pushstring(l, c"".as_ptr());
        if ffi::lua_getmetatable(l, -1) != 0 {
            ffi::lua_pushstring(l, c"string".as_ptr());
            ffi::lua_rawget(l, globals);
            ffi::lua_setfield(l, -2, c"__index".as_ptr());
        }
        ffi::lua_settop(l, globals);
    }
}

unsafe extern "C-unwind" fn refuse(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; nothing is to be dropped.
    unsafe {
        host::native(l, |_, _| Err(Raise::Error("attempt to modify a readonly table".into())))
    }
}

/// Whether the value is a library as scripts see it.
///
/// # Safety
///
/// `index` is valid, and there is room on the stack for two more.
unsafe fn is_library(l: *mut lua_State, index: c_int) -> bool {
    // SAFETY: what is pushed is popped.
    unsafe {
        if ffi::lua_type(l, index) != ffi::LUA_TTABLE || ffi::lua_getmetatable(l, index) == 0 {
            return false;
        }
        ffi::lua_rawgeti(l, -1, 1);
        let found = ffi::lua_touserdata(l, -1) == library_mark();
        ffi::lua_settop(l, -3);
        found
    }
}

/// Puts a library in the place of an argument that leads to it, for a function that reads.
///
/// # Safety
///
/// Called at the start of a native; `index` is absolute and valid.
pub(crate) unsafe fn see_through(l: *mut lua_State, index: c_int) {
    // SAFETY: the caller's.
    unsafe {
        if is_library(l, index) {
            ffi::lua_getmetatable(l, index);
            ffi::lua_pushstring(l, c"__index".as_ptr());
            ffi::lua_rawget(l, -2);
            ffi::lua_replace(l, index);
            ffi::lua_settop(l, -2);
        }
    }
}

/// Raises an error where an argument is a library, for a function that writes.
///
/// # Safety
///
/// Called at the start of a native, with nothing to drop.
pub(crate) unsafe fn refuse_library(l: *mut lua_State, index: c_int) {
    // SAFETY: the caller's.
    unsafe {
        if is_library(l, index) {
            refuse(l);
        }
    }
}

/// Whether a value has a metatable that scripts must not get.
///
/// # Safety
///
/// `index` is valid, and there is room on the stack for two more.
pub(crate) unsafe fn hides_metatable(l: *mut lua_State, index: c_int) -> bool {
    // SAFETY: the caller's.
    unsafe { ffi::lua_type(l, index) != ffi::LUA_TTABLE || is_library(l, index) }
}

/// Pushes a copy of the globals that the registry holds.
///
/// # Safety
///
/// The host is at work.
pub(crate) unsafe fn copy_globals(l: *mut lua_State, globals: c_int) {
    // SAFETY: every key is one that `lua_next` gave.
    unsafe {
        ffi::lua_createtable(l, 0, 96);
        let copy = ffi::lua_gettop(l);
        ffi::lua_rawgeti(l, ffi::LUA_REGISTRYINDEX, globals.into());
        ffi::lua_pushnil(l);
        while ffi::lua_next(l, copy + 1) != 0 {
            ffi::lua_pushvalue(l, -2);
            ffi::lua_insert(l, -2);
            ffi::lua_rawset(l, copy);
        }
        ffi::lua_settop(l, copy);
        ffi::lua_pushvalue(l, copy);
        ffi::lua_setfield(l, copy, c"_G".as_ptr());
    }
}

/// `string.rep(text, count, separator)` of so many bytes, more than none, for which there is room. The library would make the text twice; a concatenation makes it once.
///
/// # Safety
///
/// Called by a native, with checked arguments and nothing to drop.
#[cfg(feature = "lua54")]
pub(crate) unsafe fn repeat(l: *mut lua_State, wanted: usize) -> c_int {
    // SAFETY: called by a native; what is concatenated are texts.
    unsafe {
        if wanted >= natives::LONGEST {
            ffi::luaL_error(l, c"resulting string too large".as_ptr());
        }
        host::native(l, |_, l| {
            let count = ffi::lua_tonumber(l, 2) as usize;
            if ffi::lua_type(l, 3) <= ffi::LUA_TNIL {
                repeat_one(l, 1, count);
            } else {
                ffi::lua_pushvalue(l, 1);
                ffi::lua_pushvalue(l, 3);
                ffi::lua_concat(l, 2);
                let unit = ffi::lua_gettop(l);
                repeat_one(l, unit, count.saturating_sub(1));
                ffi::lua_pushvalue(l, 1);
                ffi::lua_concat(l, 2);
            }
            Ok(1)
        })
    }
}

/// Pushes the text at an absolute index so many times in one.
#[cfg(feature = "lua54")]
unsafe fn repeat_one(l: *mut lua_State, text: c_int, count: usize) {
    /// So many pieces are put together at once: what is made on the way is so much smaller.
    const PIECES: usize = 128;
    // SAFETY: the depth is the logarithm of the count.
    unsafe {
        if ffi::lua_checkstack(l, PIECES as c_int + 4) == 0 {
            ffi::lua_pushstring(l, c"".as_ptr());
            return;
        }
        if count <= PIECES {
            ffi::lua_pushstring(l, c"".as_ptr());
            for _ in 0..count {
                ffi::lua_pushvalue(l, text);
            }
            ffi::lua_concat(l, count as c_int + 1);
            return;
        }
        repeat_one(l, text, count / PIECES);
        let piece = ffi::lua_gettop(l);
        for _ in 1..PIECES {
            ffi::lua_pushvalue(l, piece);
        }
        repeat_one(l, text, count % PIECES);
        ffi::lua_concat(l, PIECES as c_int + 1);
    }
}

/// The name under which a table has a function; empty where it has none.
///
/// # Safety
///
/// Both are valid, and there is room on the stack.
pub(crate) unsafe fn name_in(l: *mut lua_State, table: c_int, function: c_int) -> String {
    // SAFETY: what is pushed is popped.
    unsafe {
        let (table, function) = (ffi::lua_absindex(l, table), ffi::lua_absindex(l, function));
        if ffi::lua_type(l, table) != ffi::LUA_TTABLE {
            return String::new();
        }
        ffi::lua_pushnil(l);
        while ffi::lua_next(l, table) != 0 {
            if ffi::lua_rawequal(l, -1, function) != 0 {
                let name = value::text(l, -2).unwrap_or_default();
                ffi::lua_settop(l, -3);
                return name;
            }
            ffi::lua_settop(l, -2);
        }
        String::new()
    }
}

/// The message handler in front of a script's own (its upvalue), which must not run where no hook is called.
///
/// # Safety
///
/// Called by Lua with what was thrown.
pub(crate) unsafe extern "C-unwind" fn handle(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with what was thrown.
    unsafe {
        if dialect::host(l).stopped().is_none() {
            dialect::check_depth(l);
            ffi::lua_pushvalue(l, ffi::lua_upvalueindex(1));
            ffi::lua_insert(l, 1);
            ffi::lua_call(l, 1, 1);
        }
        1
    }
}

/// Pushes the place where a native that runs was called, as messages begin with it; a function of ours that is written in Lua, and the native that called
/// it, are not shown.
///
/// # Safety
///
/// Called by a native.
pub(crate) unsafe fn push_where(l: *mut lua_State) {
    // SAFETY: the caller's.
    unsafe {
        let mut level = 1;
        while let Some(call) = dialect::call(l, level) {
            match call.source.as_str() {
                OURS => level += 2,
                #[cfg(feature = "luajit")]
                STANDING => level += 1,
                _ => break,
            }
        }
        ffi::luaL_where(l, level);
    }
}

/// Loads a function that is written in Lua: the text's result, which these values on the top are given to.
///
/// # Errors
///
/// Says that it could not be made.
///
/// # Safety
///
/// The host is at work.
pub(crate) unsafe fn load(
    l: *mut lua_State,
    text: &str,
    source: &str,
    given: c_int,
) -> Result<(), String> {
    let source = CString::new(format!("={source}")).unwrap_or_default();
    // SAFETY: the function goes below what it is given.
    unsafe {
        let loaded = natives::load(l, text.as_bytes(), &source);
        ffi::lua_insert(l, -1 - given);
        if !loaded || ffi::lua_pcall(l, given, 1, 0) != ffi::LUA_OK {
            let message = value::text(l, -1).unwrap_or_default();
            return Err(format!("the library cannot be made: {message}"));
        }
        Ok(())
    }
}
