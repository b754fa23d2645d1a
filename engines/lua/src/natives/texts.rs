//! Functions on text.

#![allow(unsafe_code, reason = "replaces functions through Lua's C interface")]

use std::ffi::CStr;

use mlua_sys::{self as ffi, lua_State};

use super::tables::{guard, push_library};

/// Functions whose work grows with the length of their arguments.
const LONG: [(&CStr, &[&CStr]); 3] = [
    (
        c"string",
        &[
            c"byte", c"char", c"format", c"lower", c"upper", c"rep", c"reverse", c"pack",
            c"unpack", c"sub", c"split", c"find", c"match", c"gsub",
        ],
    ),
    (c"utf8", &[c"char", c"codepoint", c"len", c"offset"]),
    (
        c"buffer",
        &[c"create", c"fromstring", c"tostring", c"readstring", c"writestring", c"copy", c"fill"],
    ),
];

/// Puts the functions in their places; the globals are on the top.
///
/// # Safety
///
/// The host is at work.
pub(super) unsafe fn install(l: *mut lua_State) {
    // SAFETY: every table that is pushed is popped.
    unsafe {
        for (library, functions) in LONG {
            push_library(l, library);
            for name in functions {
                guard(l, name, 0);
            }
            ffi::lua_settop(l, -2);
        }
    }
}
