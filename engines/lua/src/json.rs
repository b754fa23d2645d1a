//! `json.encode` and `json.decode`.

#![allow(unsafe_code, reason = "reads and makes tables through Lua's C interface")]

use mlua_sys::{self as ffi, lua_State};

/// Adds the library `json` to the globals on the top.
///
/// # Safety
///
/// The host is at work.
pub(crate) unsafe fn install(l: *mut lua_State) {
    // SAFETY: the table is on the top.
    unsafe {
        ffi::lua_createtable(l, 0, 2);
        ffi::lua_setfield(l, -2, c"json".as_ptr());
    }
}
