//! What a script threw, as an error with a place: whatever it is, and without running any of its code.

#![allow(unsafe_code, reason = "looks at thrown values through the engine's C interface")]

mod trace;

use std::ffi::c_int;

use reactant_core::{
    engine::{Frame, Position, ScriptError},
    value::{Opaque, Value},
};
use reactant_quickjs_sys::{self as sys, JSAtom, JSContext, JSValue};

use crate::{
    host::Host,
    place,
    value::{self, Data},
};

/// The longest message that is kept, in bytes.
const LONGEST: usize = 8 << 10;
/// How far up a prototype chain a name is looked for.
const HOPS: usize = 64;

/// Describes a thrown value.
///
/// # Safety
///
/// `thrown` lives in the host's context.
pub(crate) unsafe fn describe(host: &Host, thrown: JSValue) -> ScriptError {
    let ctx = host.ctx;
    // SAFETY: the caller's.
    unsafe {
        if !sys::JS_IsError(thrown) {
            let (at, trace) = places(host, last_throw(ctx));
            let native = dom_exception(host, thrown);
            // The record may be that of an error that was made before, and not thrown.
            let thrown_there = at.is_some_and(|at| place::begins(&host.text.borrow(), at, "throw"));
            let message = native.clone().unwrap_or_else(|| of_any(ctx, thrown));
            let (at, trace) = match native.is_some() || thrown_there {
                true => (at, trace),
                false => Default::default(),
            };
            return ScriptError { message: cut(message), at, trace };
        }
        let name = inherited(ctx, thrown, sys::JS_ATOM_name as JSAtom);
        let name = name.unwrap_or_else(|| "Error".into());
        let message = inherited(ctx, thrown, sys::JS_ATOM_message as JSAtom).unwrap_or_default();
        let message = match (name.is_empty(), message.is_empty()) {
            (_, true) => name,
            (true, false) => message,
            (false, false) => format!("{name}: {message}"),
        };
        let (at, trace) = places(host, stack(host, thrown));
        ScriptError { message: cut(message), at, trace }
    }
}

fn places(host: &Host, stack: Option<String>) -> (Option<Position>, Vec<Frame>) {
    stack.map_or_else(Default::default, |stack| trace::parse(&stack, &host.file.borrow()))
}

/// The engine's own record of where a genuine error was made; a property `stack` of the script's is not it.
unsafe fn stack(host: &Host, thrown: JSValue) -> Option<String> {
    // SAFETY: the getter is the engine's, which returns what the error holds.
    unsafe { native_text(host.ctx, host.stack_getter, thrown) }
}

/// What `atob` throws is no error to the engine, but has a name and a message.
unsafe fn dom_exception(host: &Host, thrown: JSValue) -> Option<String> {
    let [name, message] = host.dom_exception_getters;
    // SAFETY: the getters are the engine's, which refuse any other object.
    unsafe {
        let name = native_text(host.ctx, name, thrown)?;
        Some(format!("{name}: {}", native_text(host.ctx, message, thrown)?))
    }
}

/// The text that a getter of the engine's own gives.
unsafe fn native_text(ctx: *mut JSContext, getter: JSValue, object: JSValue) -> Option<String> {
    // SAFETY: the getter runs no script code.
    unsafe {
        let text = sys::JS_Call(ctx, getter, object, 0, std::ptr::null_mut());
        if sys::JS_IsException(text) {
            value::swallow(ctx);
        }
        take_text(ctx, text)
    }
}

/// Where a value that is no error was thrown: the first throw since the script last caught one.
unsafe fn last_throw(ctx: *mut JSContext) -> Option<String> {
    /// `js_std_cmd`: hands over the stack of the last throw.
    const ERROR_BACK_TRACE: c_int = 2;
    let mut stack = sys::JS_UNDEFINED;
    // SAFETY: the command takes a context and a place for a value, which is then ours.
    unsafe {
        sys::js_std_cmd(ERROR_BACK_TRACE, ctx, &raw mut stack);
        take_text(ctx, stack)
    }
}

/// The text of a value that is given up.
unsafe fn take_text(ctx: *mut JSContext, value: JSValue) -> Option<String> {
    // SAFETY: the value is ours.
    unsafe {
        let text = if sys::JS_IsString(value) { value::text(ctx, value) } else { None };
        sys::JS_FreeValue(ctx, value);
        text
    }
}

/// A text property of the object or what it inherits from, without getters and proxies.
unsafe fn inherited(ctx: *mut JSContext, object: JSValue, name: JSAtom) -> Option<String> {
    let mut object = object;
    // SAFETY: prototypes are kept alive by the objects below them; values are freed.
    unsafe {
        for _ in 0..HOPS {
            if !sys::JS_IsObject(object) || sys::JS_IsProxy(object) {
                return None;
            }
            match value::own_data(ctx, object, name) {
                Some(Data::Value(found)) => {
                    let text = if sys::JS_IsString(found) { value::text(ctx, found) } else { None };
                    sys::JS_FreeValue(ctx, found);
                    return text;
                }
                Some(Data::Accessor) => return None,
                None => {}
            }
            let above = sys::JS_GetPrototype(ctx, object);
            sys::JS_FreeValue(ctx, above);
            object = above;
        }
    }
    None
}

/// A thrown value that is no error: its text, or its content.
unsafe fn of_any(ctx: *mut JSContext, thrown: JSValue) -> String {
    // SAFETY: the caller's.
    match unsafe { value::to_value(ctx, thrown) } {
        // SAFETY: looks at the tag.
        Value::Null if unsafe { sys::JS_IsUndefined(thrown) } => "undefined".into(),
        Value::Opaque(Opaque::Function) => "a function was thrown".into(),
        Value::Opaque(Opaque::Object | Opaque::List) => "an object was thrown".into(),
        // SAFETY: looks at the tag.
        Value::Opaque(_) if unsafe { sys::JS_IsSymbol(thrown) } => "a symbol was thrown".into(),
        Value::Opaque(_) => "a value was thrown".into(),
        value => value.to_string(),
    }
}

fn cut(mut text: String) -> String {
    if text.len() > LONGEST {
        let end = (0..=LONGEST).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
        text.truncate(end);
        text.push('…');
    }
    text
}
