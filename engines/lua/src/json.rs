//! `json.encode` and `json.decode`.
//!
//! What a table is, a list or an object, is told in `shape.rs`. A level of the event keeps its order; Lua tables have none, so that their keys are written in
//! the order of their bytes.

#![allow(unsafe_code, reason = "reads and makes tables through Lua's C interface")]

mod decode;
mod encode;
mod sort;

use std::ffi::c_int;

use mlua_sys::{self as ffi, lua_State};
use reactant_core::value::Value;

use crate::{
    host::{self, Raise},
    value,
};

/// Adds the library `json` to the globals on the top.
///
/// # Safety
///
/// The host is at work.
pub(crate) unsafe fn install(l: *mut lua_State) {
    // SAFETY: the table is on the top.
    unsafe {
        ffi::lua_createtable(l, 0, 2);
        crate::natives::set_function(l, c"encode", encode);
        crate::natives::set_function(l, c"decode", decode);
        ffi::lua_setfield(l, -2, c"json".as_ptr());
    }
}

/// `json.encode(value, indent)`: text; `indent` is a number of spaces or a text, as for `JSON.stringify`.
unsafe extern "C-unwind" fn encode(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its arguments on the stack.
    unsafe {
        host::native(l, |host, l| {
            if ffi::lua_gettop(l) == 0 {
                return Err(Raise::Error("json.encode takes a value, got nothing".into()));
            }
            ffi::lua_settop(l, 2);
            let gap = match value::to_scalar(host, l, 2) {
                Value::Null => String::new(),
                Value::Int(number) => " ".repeat(number.clamp(0, 10) as usize),
                Value::Text(text) => text.chars().take(10).collect(),
                other => {
                    let message = format!(
                        "json.encode: the indent is a number of spaces or a text, got {}",
                        other.described()
                    );
                    return Err(Raise::Error(message));
                }
            };
            let text = encode::encode(host, l, 1, &gap)?;
            value::push_text(l, &text);
            Ok(1)
        })
    }
}

/// `json.decode(text)`: a value; `null` is nil.
unsafe extern "C-unwind" fn decode(l: *mut lua_State) -> c_int {
    // SAFETY: called by Lua with its arguments on the stack.
    unsafe {
        host::native(l, |host, l| {
            ffi::lua_settop(l, 1);
            let Some(text) = value::bytes(l, 1) else {
                let got = value::to_scalar(host, l, 1).described();
                return Err(Raise::Error(format!("json.decode takes text, got {got}")));
            };
            decode::decode(host, l, text)?;
            Ok(1)
        })
    }
}
