//! LuaJIT's interpreter: Lua 5.1 with some of 5.2, numbers that are doubles, a table of globals for each function, no collection where the allocator refuses.
//!
//! It is built without its compiler, in whose traces no hook is called, and a few lines of its sources are others (`build.rs`): hooks are called on full stacks too, and what `pairs`
//! and `tostring` tell does not depend on addresses, nor on what ran before.

#![allow(unsafe_code, reason = "drives LuaJIT through its C interface")]

use std::{
    ffi::{CStr, c_char, c_int},
    hash::Hasher,
    slice,
};

use mlua_sys::{self as ffi, lua_State};
use reactant_core::{limits::Stop, value::Value};
use siphasher::sip::SipHasher13;

use super::Call;
pub(crate) use crate::plain::{
    arm, disarm, freeze, hides_metatable, host, metatable, patterns::by_pattern, push_function,
    push_helper, push_where, refreeze, refuse_library, seal, see_through, thaw,
};
use crate::{
    host::{self as native, Host, Raise},
    natives::{self, guard, push_library, ready},
    plain, value,
};

/// What runs without a look at the clock, for a time that the memory limit and the length of a script bound.
pub(crate) const OVERRUNS: [&str; 4] = [
    "a collection of a large heap",
    "the compilation of a long script",
    "a few instructions or calls of functions of `table` or `string` on texts or tables of nearly the memory limit",
    "the growth of a large table whose keys were chosen to have one hash",
];

/// Whether garbage is collected by a native or a check that finds much of it; otherwise the allocator does where memory runs out.
pub(crate) const PACED: bool = true;
/// Whether this is plain Lua, whose natives look at the clock for themselves.
pub(crate) const PLAIN: bool = true;

/// The number of the first table, function or thread of an invocation; those of the library have lower ones.
const FIRST: u32 = 1 << 20;
/// So much of the C stack may be used by natives that call functions which call natives, in bytes: LuaJIT does not count them. A thread has 2 MiB or more.
const DEEPEST: usize = 512 << 10;

unsafe extern "C" {
    /// Of `build.rs`.
    fn reactant_lua_number_from(l: *mut lua_State, first: u32);
}

/// What a text is known by in tables: the same in each process, and hard to choose.
///
/// # Safety
///
/// Called by LuaJIT, with a text of so many bytes.
#[unsafe(no_mangle)]
unsafe extern "C" fn reactant_lua_hash(start: *const c_char, len: u32) -> u32 {
    // SAFETY: the caller's.
    let text = unsafe { slice::from_raw_parts(start.cast::<u8>(), len as usize) };
    let mut hasher = SipHasher13::new_with_keys(0x2f1e_4b6d, 0);
    hasher.write(text);
    hasher.finish() as u32
}

/// Called where an invocation begins: numbers start anew, and the stack from here.
///
/// # Safety
///
/// The main thread is given, and nothing runs.
pub(crate) unsafe fn renew(l: *mut lua_State) {
    // SAFETY: the caller's.
    unsafe {
        reactant_lua_number_from(l, FIRST);
        host(l).stack.set(here());
    }
}

/// About where the C stack is.
fn here() -> usize {
    let marker = 0_u8;
    std::ptr::from_ref(std::hint::black_box(&marker)).addr()
}

/// Raises an error where natives that call one another use up the stack.
///
/// # Safety
///
/// Called at the start of a native, with nothing to drop.
pub(crate) unsafe fn check_depth(l: *mut lua_State) {
    // SAFETY: the caller's.
    unsafe {
        let start = host(l).stack.get();
        if start != 0 && start.saturating_sub(here()) > DEEPEST {
            ffi::luaL_error(l, c"C stack overflow".as_ptr());
        }
    }
}

/// Called by the allocator where garbage is to be collected: the next instruction calls the hook, which does.
///
/// # Safety
///
/// `l` is the main thread, or null before there is one.
pub(crate) unsafe fn collect_soon(l: *mut lua_State) {
    if !l.is_null() {
        // SAFETY: sets numbers, which LuaJIT allows at any time, in a signal handler too.
        unsafe { disarm(l) };
    }
}

/// Opens the libraries in a new state, and pushes the table of globals.
///
/// # Errors
///
/// Says what went wrong.
///
/// # Safety
///
/// The state is new.
pub(crate) unsafe fn open(_: &Host, l: *mut lua_State) -> Result<(), String> {
    // SAFETY: opening runs protected.
    unsafe {
        ffi::lua_pushcfunction(l, open_libraries);
        if ffi::lua_pcall(l, 0, 0, 0) != ffi::LUA_OK {
            return Err(value::text(l, -1).unwrap_or_else(|| "no memory for the library".into()));
        }
        ffi::lua_pushvalue(l, ffi::LUA_GLOBALSINDEX);
    }
    Ok(())
}

unsafe extern "C-unwind" fn open_libraries(l: *mut lua_State) -> c_int {
    // SAFETY: runs protected.
    unsafe {
        for (name, open) in [
            (c"", ffi::luaopen_base as ffi::lua_CFunction),
            (c"table", ffi::luaopen_table),
            (c"string", ffi::luaopen_string),
            (c"math", ffi::luaopen_math),
            (c"bit", ffi::luaopen_bit),
        ] {
            ffi::lua_pushcfunction(l, open);
            ffi::lua_pushstring(l, name.as_ptr());
            ffi::lua_call(l, 1, 0);
        }
        0
    }
}

/// Puts what LuaJIT needs beside the common functions in their places.
///
/// # Errors
///
/// Says what could not be made.
///
/// # Safety
///
/// The globals are on the top, and the host is at work.
pub(crate) unsafe fn install(l: *mut lua_State) -> Result<(), String> {
    // SAFETY: every table that is pushed is popped.
    unsafe {
        plain::install(l)?;
        ffi::lua_getfield(l, -1, c"table".as_ptr());
        ffi::lua_getfield(l, -1, c"unpack".as_ptr());
        ffi::lua_setfield(l, -3, c"unpack".as_ptr());
        ffi::lua_settop(l, -2);
        push_library(l, c"string");
        ffi::lua_pushnil(l);
        ffi::lua_setfield(l, -2, c"gfind".as_ptr());
        ffi::lua_settop(l, -2);
        // Coroutines that resume one another use the C stack.
        push_library(l, c"coroutine");
        guard(l, c"resume", 0);
        ffi::lua_settop(l, -2);
        ffi::lua_getfield(l, -1, c"xpcall".as_ptr());
        ffi::lua_pushcclosure(l, wrap, 0);
        stand(l, "function(body, handler, ...) return native(body, given(handler), ...) end")?;
        ffi::lua_setfield(l, -2, c"xpcall".as_ptr());
        Ok(())
    }
}

/// Puts in the place of the two functions on the top one that is written in Lua, and knows them as `native` and `given`.
unsafe fn stand(l: *mut lua_State, text: &str) -> Result<(), String> {
    // SAFETY: the caller's.
    unsafe {
        plain::load(l, &format!("local native, given = ... return {text}"), plain::STANDING, 2)
    }
}

/// Puts in the place of a function of the library on the top one that makes its arguments ready, and goes on to it.
///
/// # Safety
///
/// The host is at work.
pub(crate) unsafe fn push_guarded(l: *mut lua_State, name: &'static CStr, fills: u32) {
    // SAFETY: the caller's.
    unsafe {
        if ffi::lua_tocfunction(l, -1).is_some() {
            return natives::push_guarded(l, name, fills);
        }
        // One that is written in assembler or Lua cannot be called as a function of C is.
        ffi::lua_pushnumber(l, fills.into());
        ffi::lua_pushcclosure(l, readied, 1);
        if stand(l, "function(...) return native(given(...)) end").is_err() {
            ffi::lua_pushnil(l);
        }
    }
}

unsafe extern "C-unwind" fn readied(l: *mut lua_State) -> c_int {
    // SAFETY: called by a function of ours.
    unsafe {
        ready(l, ffi::lua_tonumber(l, ffi::lua_upvalueindex(1)) as u32);
        ffi::lua_gettop(l)
    }
}

/// A script's message handler behind one of ours; what is none is the library's to refuse.
unsafe extern "C-unwind" fn wrap(l: *mut lua_State) -> c_int {
    // SAFETY: called by a function of ours.
    unsafe {
        ffi::lua_settop(l, 1);
        if ffi::lua_type(l, 1) == ffi::LUA_TFUNCTION {
            ffi::lua_pushcclosure(l, plain::handle, 1);
        }
        1
    }
}

/// Sets a metatable: those of tables have no finalizers here.
///
/// # Safety
///
/// Called by a native, with nothing to drop.
pub(crate) unsafe fn without_finalizer(
    l: *mut lua_State,
    _: unsafe fn(*mut lua_State) -> c_int,
) -> c_int {
    // SAFETY: the caller's.
    unsafe {
        ffi::luaL_checktype(l, 1, ffi::LUA_TTABLE);
        let kind = ffi::lua_type(l, 2);
        if kind != ffi::LUA_TNIL && kind != ffi::LUA_TTABLE {
            ffi::luaL_typerror(l, 2, c"nil or table".as_ptr());
        }
        refuse_library(l, 2);
        ffi::lua_settop(l, 2);
        natives::fill(l, 2);
        if ffi::luaL_getmetafield(l, 1, c"__metatable".as_ptr()) != ffi::LUA_TNIL {
            ffi::luaL_error(l, c"cannot change a protected metatable".as_ptr());
        }
        ffi::lua_settop(l, 2);
        ffi::lua_setmetatable(l, 1);
        1
    }
}

/// `string.rep(text, count, separator)` of so many bytes, more than none. The text is made beside the state, and copied into it: it must have room twice.
///
/// # Safety
///
/// Called by a native, with checked arguments and nothing to drop.
pub(crate) unsafe fn repeat(l: *mut lua_State, wanted: usize) -> c_int {
    // SAFETY: called by a native.
    unsafe {
        if wanted >= natives::LONGEST {
            ffi::luaL_error(l, c"resulting string too large".as_ptr());
        }
        native::native(l, |host, l| {
            if wanted.saturating_mul(2) > host.room() {
                host.collect(l);
                if wanted.saturating_mul(2) > host.room() {
                    host.stop(Stop::Memory);
                    return Err(Raise::Stopped);
                }
            }
            let count = ffi::lua_tonumber(l, 2) as usize;
            let piece = natives::argument(l, 1);
            let between =
                if ffi::lua_type(l, 3) > ffi::LUA_TNIL { natives::argument(l, 3) } else { &[] };
            let text = if between.is_empty() {
                piece.repeat(count)
            } else {
                let mut text = [piece, between].concat().repeat(count);
                text.truncate(text.len() - between.len());
                text
            };
            ffi::lua_pushlstring(l, text.as_ptr().cast(), text.len());
            Ok(1)
        })
    }
}

/// A call on the stack; `None` beyond the outermost.
///
/// # Safety
///
/// Called by a native or a message handler.
pub(crate) unsafe fn call(l: *mut lua_State, level: c_int) -> Option<Call> {
    // SAFETY: each function has a table of globals.
    unsafe { plain::call(l, level, |l| ffi::lua_getfenv(l, -1)) }
}

/// Pushes a whole number; beyond 2^53 the nearest double.
///
/// # Safety
///
/// The stack has room for one more.
pub(crate) unsafe fn push_int(l: *mut lua_State, number: i64) {
    // SAFETY: pushes one value.
    unsafe { ffi::lua_pushnumber(l, number as f64) }
}

/// A whole number of the event as scripts see it.
pub(crate) fn whole(number: i64) -> Value {
    (number as f64).into()
}

/// The neutral form of a number.
///
/// # Safety
///
/// There is a number at `index`.
pub(crate) unsafe fn number(l: *mut lua_State, index: c_int) -> Value {
    // SAFETY: the caller's.
    unsafe { ffi::lua_tonumber(l, index).into() }
}

/// Pushes a fresh table of globals.
///
/// # Safety
///
/// The host is at work, and the registry holds the globals.
pub(crate) unsafe fn push_globals(l: *mut lua_State, globals: c_int, _reflects: bool) {
    // SAFETY: the caller's.
    unsafe { plain::copy_globals(l, globals) }
}

/// Gives the main function on the top these globals, and with it every function that it makes.
///
/// # Safety
///
/// There are such a function and such a table.
pub(crate) unsafe fn bind(l: *mut lua_State, globals: c_int) {
    // SAFETY: the caller's.
    unsafe {
        ffi::lua_pushvalue(l, globals);
        ffi::lua_setfenv(l, -2);
    }
}

/// Takes the globals of a main function away, so that nothing keeps what an invocation made.
///
/// # Safety
///
/// The registry holds the function.
pub(crate) unsafe fn release(l: *mut lua_State, main: c_int) {
    // SAFETY: what is pushed is popped.
    unsafe {
        ffi::lua_rawgeti(l, ffi::LUA_REGISTRYINDEX, main.into());
        ffi::lua_pushvalue(l, ffi::LUA_GLOBALSINDEX);
        ffi::lua_setfenv(l, -2);
        ffi::lua_settop(l, -2);
    }
}

/// Compiles a text; leaves the function, or a message.
///
/// # Safety
///
/// The host is at work.
pub(crate) unsafe fn load(l: *mut lua_State, text: &[u8], name: &CStr) -> bool {
    // SAFETY: the text is one, and not code that was compiled before.
    unsafe {
        let (start, len) = (text.as_ptr().cast(), text.len());
        ffi::luaL_loadbufferx(l, start, len, name.as_ptr(), c"t".as_ptr()) == ffi::LUA_OK
    }
}
