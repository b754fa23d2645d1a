//! Lua 5.4: integers, `_ENV` as an upvalue of each function, an emergency collection where the allocator refuses.

#![allow(unsafe_code, reason = "drives Lua 5.4 through its C interface")]

use std::ffi::{CStr, c_char, c_int};

use mlua_sys::{self as ffi, lua_State};
use reactant_core::value::Value;

use super::Call;
pub(crate) use crate::natives::push_guarded;
pub(crate) use crate::plain::{
    arm, calls::without_finalizer, disarm, freeze, hides_metatable, host, metatable,
    patterns::by_pattern, push_function, push_helper, push_where, refreeze, refuse_library, repeat,
    seal, see_through, thaw,
};
use crate::{host::Host, plain, value};

/// What runs without a look at the clock, for a time that the memory limit and the length of a script bound.
pub(crate) const OVERRUNS: [&str; 3] = [
    "a collection of a large heap",
    "the compilation of a long script",
    "a few instructions or calls of functions of `table` or `string` on texts or tables of nearly the memory limit",
];

/// Whether garbage is collected by a native or a check that finds much of it; otherwise the allocator does where memory runs out.
pub(crate) const PACED: bool = false;
/// Whether this is plain Lua, whose natives look at the clock for themselves.
pub(crate) const PLAIN: bool = true;

/// Called where an invocation begins: nothing is to be renewed.
///
/// # Safety
///
/// None here.
pub(crate) unsafe fn renew(_: *mut lua_State) {}

/// Called by the allocator where garbage is to be collected: Lua does so by itself.
///
/// # Safety
///
/// None here.
pub(crate) unsafe fn collect_soon(_: *mut lua_State) {}

/// Raises an error where natives that call one another use up the stack: Lua counts them.
///
/// # Safety
///
/// None here.
pub(crate) unsafe fn check_depth(_: *mut lua_State) {}

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
        ffi::lua_rawgeti(l, ffi::LUA_REGISTRYINDEX, ffi::LUA_RIDX_GLOBALS);
    }
    Ok(())
}

unsafe extern "C-unwind" fn open_libraries(l: *mut lua_State) -> c_int {
    // SAFETY: runs protected.
    unsafe {
        for (name, open) in [
            (c"_G", ffi::luaopen_base as ffi::lua_CFunction),
            (c"coroutine", ffi::luaopen_coroutine),
            (c"table", ffi::luaopen_table),
            (c"string", ffi::luaopen_string),
            (c"math", ffi::luaopen_math),
            (c"utf8", ffi::luaopen_utf8),
        ] {
            ffi::luaL_requiref(l, name.as_ptr(), open, 1);
            ffi::lua_settop(l, 0);
        }
        0
    }
}

/// Puts what plain Lua needs beside the common functions in their places.
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
        plain::calls::install(l);
        plain::install(l)
    }
}

/// A call on the stack; `None` beyond the outermost.
///
/// # Safety
///
/// Called by a native or a message handler.
pub(crate) unsafe fn call(l: *mut lua_State, level: c_int) -> Option<Call> {
    // SAFETY: the registry holds the globals.
    unsafe {
        plain::call(l, level, |l| {
            ffi::lua_rawgeti(l, ffi::LUA_REGISTRYINDEX, ffi::LUA_RIDX_GLOBALS);
        })
    }
}

/// Pushes a whole number.
///
/// # Safety
///
/// The stack has room for one more.
pub(crate) unsafe fn push_int(l: *mut lua_State, number: i64) {
    // SAFETY: pushes one value.
    unsafe { ffi::lua_pushinteger(l, number) }
}

/// A whole number of the event as scripts see it.
pub(crate) fn whole(number: i64) -> Value {
    Value::Int(number)
}

/// The neutral form of a number.
///
/// # Safety
///
/// There is a number at `index`.
pub(crate) unsafe fn number(l: *mut lua_State, index: c_int) -> Value {
    // SAFETY: the caller's.
    unsafe {
        if ffi::lua_isinteger(l, index) != 0 {
            Value::Int(ffi::lua_tointeger(l, index))
        } else {
            ffi::lua_tonumber(l, index).into()
        }
    }
}

/// Pushes a fresh table of globals.
///
/// # Safety
///
/// The host is at work, and the registry holds the globals.
pub(crate) unsafe fn push_globals(l: *mut lua_State, globals: c_int, _reflects: bool) {
    // SAFETY: the caller's; the registry keeps the table for the names of functions in traces.
    unsafe {
        plain::copy_globals(l, globals);
        ffi::lua_pushvalue(l, -1);
        ffi::lua_rawseti(l, ffi::LUA_REGISTRYINDEX, ffi::LUA_RIDX_GLOBALS);
    }
}

/// Gives the main function on the top these globals: its first upvalue is `_ENV`.
///
/// # Safety
///
/// There are such a function and such a table.
pub(crate) unsafe fn bind(l: *mut lua_State, globals: c_int) {
    // SAFETY: the caller's.
    unsafe {
        ffi::lua_pushvalue(l, globals);
        if ffi::lua_setupvalue(l, -2, 1).is_null() {
            ffi::lua_settop(l, -2);
        }
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
        ffi::lua_pushboolean(l, 0);
        ffi::lua_rawseti(l, ffi::LUA_REGISTRYINDEX, ffi::LUA_RIDX_GLOBALS);
        ffi::lua_rawgeti(l, ffi::LUA_REGISTRYINDEX, main.into());
        ffi::lua_pushnil(l);
        if ffi::lua_setupvalue(l, -2, 1).is_null() {
            ffi::lua_settop(l, -2);
        }
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

/// `strchr`, as the sources of Lua see it (`build.rs`): it finds no `k`, which they look for in the mode of a weak table alone.
///
/// # Safety
///
/// Called by Lua, with a text of the C language.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn reactant_lua_strchr(
    text: *const c_char,
    byte: c_int,
) -> *mut c_char {
    let sought = byte as c_char;
    if sought == b'k' as c_char {
        return std::ptr::null_mut();
    }
    let mut at = text;
    // SAFETY: the text ends with a zero.
    unsafe {
        loop {
            if *at == sought {
                return at.cast_mut();
            }
            if *at == 0 {
                return std::ptr::null_mut();
            }
            at = at.add(1);
        }
    }
}
