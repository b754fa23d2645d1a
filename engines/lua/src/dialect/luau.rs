//! Luau: an interrupt at calls, returns, jumps back and steps of patterns; tables that can be frozen and cloned.

#![allow(unsafe_code, reason = "drives Luau through its C interface")]

use std::ffi::{CStr, c_char, c_int, c_void};

use mlua_sys::{self as ffi, lua_State};

use super::Call;
use crate::{
    host::{self, Host, Raise},
    natives::{argument, make_room, original, push_library, replace},
    value,
};

/// What runs without a look at the clock, for a time that the memory limit and the length of a script bound.
pub(crate) const OVERRUNS: [&str; 3] = [
    "a collection of a large heap",
    "the compilation of a long script",
    "one call of a function of `table`, `string` or `buffer` on a table or text of nearly the memory limit",
];

/// A class is tried on so many bytes at most within one step: about a tenth of a second.
const CLASS_STEPS: usize = 1 << 27;
/// A text from which on every step of a pattern looks at the clock.
const LONG_TEXT: usize = 1 << 16;

/// Whether garbage is collected by a native or a check that finds much of it; otherwise the allocator does where memory runs out.
pub(crate) const PACED: bool = true;
/// Whether this is plain Lua, whose natives look at the clock for themselves.
pub(crate) const PLAIN: bool = false;

pub(crate) use crate::natives::push_guarded;

/// Called where an invocation begins: nothing is to be renewed.
///
/// # Safety
///
/// None here.
pub(crate) unsafe fn renew(_: *mut lua_State) {}

/// Called by the allocator where garbage is to be collected: each check sees that for itself.
///
/// # Safety
///
/// None here.
pub(crate) unsafe fn collect_soon(_: *mut lua_State) {}

/// Raises an error where natives that call one another use up the stack: Luau counts them.
///
/// # Safety
///
/// None here.
pub(crate) unsafe fn check_depth(_: *mut lua_State) {}

/// The host of a state.
///
/// # Safety
///
/// `l` belongs to a state of a [`State`](crate::state::State).
pub(crate) unsafe fn host<'a>(l: *mut lua_State) -> &'a Host {
    // SAFETY: the pointer was set when the state was made.
    unsafe { &*(*ffi::lua_callbacks(l)).userdata.cast_const().cast::<Host>() }
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
pub(crate) unsafe fn open(host: &Host, l: *mut lua_State) -> Result<(), String> {
    // SAFETY: opening runs protected.
    unsafe {
        // `table.move` of a huge range of nothing would take minutes.
        ffi::luau_setfflag(c"LuauTableMoveTimeoutFix".as_ptr(), 1);
        let callbacks = ffi::lua_callbacks(l);
        (*callbacks).userdata = std::ptr::from_ref(host).cast_mut().cast();
        (*callbacks).interrupt = Some(interrupt);
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

/// Bounds what is Luau's own.
///
/// # Errors
///
/// None here.
///
/// # Safety
///
/// The globals are on the top, and the host is at work.
#[expect(clippy::unnecessary_wraps, reason = "other dialects can fail")]
pub(crate) unsafe fn install(l: *mut lua_State) -> Result<(), String> {
    // SAFETY: the library that is pushed is popped.
    unsafe {
        push_library(l, c"string");
        for name in [c"match", c"gmatch", c"gsub"] {
            replace(l, name, by_pattern);
        }
        ffi::lua_settop(l, -2);
    }
    Ok(())
}

/// Makes the libraries of the globals on the top read-only.
///
/// # Safety
///
/// The host is at work.
pub(crate) unsafe fn seal(l: *mut lua_State) {
    // SAFETY: the caller's.
    unsafe { ffi::luaL_sandbox(l, 1) }
}

/// Libraries are tables as any other.
///
/// # Safety
///
/// None here.
pub(crate) unsafe fn see_through(_: *mut lua_State, _: c_int) {}

/// Libraries refuse for themselves.
///
/// # Safety
///
/// None here.
pub(crate) unsafe fn refuse_library(_: *mut lua_State, _: c_int) {}

/// Whether a value has a metatable that scripts must not get: those of the library are frozen.
///
/// # Safety
///
/// None here.
pub(crate) unsafe fn hides_metatable(_: *mut lua_State, _: c_int) -> bool {
    false
}

/// Sets a metatable by the library's function: tables have no finalizers here.
///
/// # Safety
///
/// Called by a native that may raise an error.
pub(crate) unsafe fn without_finalizer(
    l: *mut lua_State,
    set: unsafe fn(*mut lua_State) -> c_int,
) -> c_int {
    // SAFETY: the caller's.
    unsafe { set(l) }
}

/// Called before a script runs: nothing is to be armed.
///
/// # Safety
///
/// None here.
pub(crate) unsafe fn arm(_: *mut lua_State) {}

/// Called before a stop is raised; the next check looks at the clock.
///
/// # Safety
///
/// None here.
pub(crate) unsafe fn disarm(_: *mut lua_State) {}

/// Pushes a function of ours.
///
/// # Safety
///
/// The host is at work, and so many upvalues are on the top.
pub(crate) unsafe fn push_function(
    l: *mut lua_State,
    function: ffi::lua_CFunction,
    name: &'static CStr,
    upvalues: c_int,
) {
    // SAFETY: the name lives for ever.
    unsafe { ffi::lua_pushcclosured(l, function, name.as_ptr(), upvalues) }
}

/// Pushes the function that calls a helper, whose place is on the top.
///
/// # Safety
///
/// The host is at work, and the state keeps the name.
pub(crate) unsafe fn push_helper(l: *mut lua_State, name: &CStr) {
    // SAFETY: the caller's.
    unsafe { ffi::lua_pushcclosured(l, host::call_helper, name.as_ptr(), 1) }
}

/// The address of a table's metatable.
///
/// # Safety
///
/// There is a table at `index`.
pub(crate) unsafe fn metatable(l: *mut lua_State, index: c_int) -> *const c_void {
    // SAFETY: asks only.
    unsafe { ffi::lua_getmetatablepointer(l, index) }
}

/// Freezes the table on the top.
///
/// # Safety
///
/// There is one.
pub(crate) unsafe fn freeze(l: *mut lua_State) {
    // SAFETY: the caller's.
    unsafe { ffi::lua_setreadonly(l, -1, 1) }
}

/// Whether a script froze a table, which is thawed.
///
/// # Safety
///
/// There is a table at `index`.
pub(crate) unsafe fn thaw(l: *mut lua_State, index: c_int) -> c_int {
    // SAFETY: the caller's.
    unsafe {
        let frozen = ffi::lua_getreadonly(l, index);
        ffi::lua_setreadonly(l, index, 0);
        frozen
    }
}

/// Undoes [`thaw`].
///
/// # Safety
///
/// There is a table at `index`.
pub(crate) unsafe fn refreeze(l: *mut lua_State, index: c_int, frozen: c_int) {
    // SAFETY: the caller's.
    unsafe { ffi::lua_setreadonly(l, index, frozen) }
}

/// A call on the stack; `None` beyond the outermost.
///
/// # Safety
///
/// Called by a native or a message handler.
pub(crate) unsafe fn call(l: *mut lua_State, level: c_int) -> Option<Call> {
    // SAFETY: Lua fills the record, whose texts are good until the stack changes.
    unsafe {
        let mut record: ffi::lua_Debug = std::mem::zeroed();
        if ffi::lua_getinfo(l, level, c"sln".as_ptr(), &mut record) == 0 {
            return None;
        }
        let text = |start: *const c_char| {
            if start.is_null() {
                String::new()
            } else {
                CStr::from_ptr(start).to_string_lossy().into_owned()
            }
        };
        Some(Call {
            source: text(record.short_src),
            what: text(record.what),
            line: record.currentline,
            name: text(record.name),
        })
    }
}

/// Pushes the place where a native that runs was called, as messages begin with it.
///
/// # Safety
///
/// Called by a native.
pub(crate) unsafe fn push_where(l: *mut lua_State) {
    // SAFETY: the caller's.
    unsafe { ffi::luaL_where(l, 1) }
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
pub(crate) fn whole(number: i64) -> reactant_core::value::Value {
    (number as f64).into()
}

/// The neutral form of a number.
///
/// # Safety
///
/// There is a number at `index`.
pub(crate) unsafe fn number(l: *mut lua_State, index: c_int) -> reactant_core::value::Value {
    // SAFETY: the caller's.
    unsafe { ffi::lua_tonumber(l, index).into() }
}

/// Pushes a fresh table of globals.
///
/// # Safety
///
/// The host is at work, and the registry holds the globals.
pub(crate) unsafe fn push_globals(l: *mut lua_State, globals: c_int, reflects: bool) {
    // SAFETY: the caller's.
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

/// Takes the globals of a main function away: a copy has them here.
///
/// # Safety
///
/// None here.
pub(crate) unsafe fn release(_: *mut lua_State, _: c_int) {}

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

/// Called by Luau before calls, at returns and at jumps back, and within patterns.
unsafe extern "C-unwind" fn interrupt(l: *mut lua_State, collecting: c_int) {
    if collecting >= 0 {
        return;
    }
    // SAFETY: called by the state; nothing is left to drop when the error is raised.
    unsafe {
        let host = host(l);
        if let Err(Raise::Stopped) = host.tick(l) {
            host::raise_stop(host, l)
        }
    }
}

/// `string.match`, `string.gmatch`, `string.gsub`, and `string.find` of a pattern: the library's.
///
/// Luau looks at the deadline at each step of a pattern, but within a step it may go through the whole text, and for each of its bytes through a whole class:
/// patterns with classes are bounded by the product of both.
///
/// # Safety
///
/// Called by Lua; the library's function is the upvalue.
pub(crate) unsafe extern "C-unwind" fn by_pattern(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua; nothing is to be dropped where an error is raised.
    unsafe {
        let (text, pattern) = (argument(l, 1), argument(l, 2));
        make_room(l, 0);
        if text.len() > LONG_TEXT {
            host(l).look_always();
        }
        if pattern.contains(&b'[') && text.len().saturating_mul(pattern.len()) > CLASS_STEPS {
            ffi::luaL_error(l, c"the pattern is too complex for so long a text".as_ptr());
        }
        original(l)
    }
}

/// `string.rep(text, count)`, of what there is room for: the library's.
///
/// # Safety
///
/// Called by a native whose upvalue is the library's function.
pub(crate) unsafe fn repeat(l: *mut lua_State, _: usize) -> c_int {
    // SAFETY: the caller's.
    unsafe { original(l) }
}
