//! What a script threw, as an error with a place: whatever it is, and without running any of its code.

#![allow(unsafe_code, reason = "looks at thrown values through the engine's C interface")]

mod trace;

use reactant_core::{
    engine::ScriptError,
    value::{Opaque, Value},
};
use rquickjs_sys::{self as sys, JSAtom, JSContext, JSValue};

use crate::{
    host::Host,
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
            return ScriptError { message: cut(of_any(ctx, thrown)), ..ScriptError::default() };
        }
        let name = inherited(ctx, thrown, sys::JS_ATOM_name as JSAtom);
        let name = name.unwrap_or_else(|| "Error".into());
        let message = inherited(ctx, thrown, sys::JS_ATOM_message as JSAtom).unwrap_or_default();
        let message = match (name.is_empty(), message.is_empty()) {
            (_, true) => name,
            (true, false) => message,
            (false, false) => format!("{name}: {message}"),
        };
        let (at, trace) = stack(host, thrown)
            .map_or_else(Default::default, |stack| trace::parse(&stack, &host.file.borrow()));
        ScriptError { message: cut(message), at, trace }
    }
}

/// The engine's own record of where a genuine error was made; a property `stack` of the script's is not it.
unsafe fn stack(host: &Host, thrown: JSValue) -> Option<String> {
    let ctx = host.ctx;
    // SAFETY: the getter is the engine's, which returns what the error holds.
    unsafe {
        let stack = sys::JS_Call(ctx, host.stack_getter, thrown, 0, std::ptr::null_mut());
        if !sys::JS_IsString(stack) {
            if sys::JS_IsException(stack) {
                value::swallow(ctx);
            }
            sys::JS_FreeValue(ctx, stack);
            return None;
        }
        let text = value::text(ctx, stack);
        sys::JS_FreeValue(ctx, stack);
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
