//! Values across the border: the engine's to neutral ones and back. Never runs script code: no getter, no trap, no `toString`.

#![allow(unsafe_code, reason = "reads and makes values of the engine through its C interface")]

use std::{ffi::c_int, ptr, slice};

use reactant_core::value::{Map, Opaque, Value};
use reactant_quickjs_sys::{self as sys, JSAtom, JSContext, JSValue};

/// How far [`to_value`] follows objects; what lies beyond is opaque.
const DEPTH: usize = reactant_core::packed::MAX_DEPTH;
/// How many values of one argument are converted; one that holds more is opaque.
const NODES: usize = 100_000;
/// How many bytes of text of one argument's parts are converted: many of them may be one and the same long text. What lies beyond is opaque.
const TEXT: usize = 16 << 20;

/// The neutral form of a scalar; objects, lists and functions are opaque.
///
/// # Safety
///
/// `value` lives in `ctx`.
pub(crate) unsafe fn to_scalar(ctx: *mut JSContext, value: JSValue) -> Value {
    // SAFETY: the tag says which member of the union is set.
    unsafe {
        match value.tag as i32 {
            sys::JS_TAG_BOOL => Value::Bool(value.u.int32 != 0),
            sys::JS_TAG_INT => Value::Int(i64::from(value.u.int32)),
            sys::JS_TAG_FLOAT64 => Value::from(value.u.float64),
            sys::JS_TAG_STRING | sys::JS_TAG_STRING_ROPE => {
                text(ctx, value).map_or(Value::Opaque(Opaque::Other), Value::Text)
            }
            sys::JS_TAG_BIG_INT | sys::JS_TAG_SHORT_BIG_INT => big_int(ctx, value),
            sys::JS_TAG_NULL | sys::JS_TAG_UNDEFINED => Value::Null,
            sys::JS_TAG_OBJECT if sys::JS_IsFunction(ctx, value) => Value::Opaque(Opaque::Function),
            sys::JS_TAG_OBJECT if sys::JS_IsArray(value) => Value::Opaque(Opaque::List),
            sys::JS_TAG_OBJECT => Value::Opaque(Opaque::Object),
            _ => Value::Opaque(Opaque::Other),
        }
    }
}

/// The neutral form of any value: of objects and lists the own enumerable data properties; accessors and proxies stay opaque.
///
/// # Safety
///
/// `value` lives in `ctx`.
pub(crate) unsafe fn to_value(ctx: *mut JSContext, value: JSValue) -> Value {
    // SAFETY: the caller's.
    unsafe { Converter { ctx, nodes: 0, bytes: 0 }.value(value, DEPTH) }
}

struct Converter {
    ctx: *mut JSContext,
    nodes: usize,
    bytes: usize,
}

impl Converter {
    unsafe fn value(&mut self, value: JSValue, depth: usize) -> Value {
        self.nodes += 1;
        if self.bytes > TEXT {
            return Value::Opaque(Opaque::Other);
        }
        // SAFETY: `value` lives in `ctx`; nothing that is called here runs script code on an object that is no proxy.
        unsafe {
            let scalar = to_scalar(self.ctx, value);
            let list = match scalar {
                Value::Opaque(Opaque::List) => true,
                Value::Opaque(Opaque::Object) if !sys::JS_IsProxy(value) => false,
                _ => {
                    self.bytes += scalar.as_text().map_or(0, str::len);
                    return scalar;
                }
            };
            if depth == 0 || self.nodes > NODES {
                return scalar;
            }
            if list { self.list(value, depth) } else { self.map(value, depth) }.unwrap_or(scalar)
        }
    }

    unsafe fn list(&mut self, value: JSValue, depth: usize) -> Option<Value> {
        let mut length = 0;
        let mut items = Vec::new();
        // SAFETY: an array's length is its own data property.
        unsafe {
            if sys::JS_GetLength(self.ctx, value, &mut length) < 0 {
                swallow(self.ctx);
                return None;
            }
            // A list may be long without holding anything.
            let length = u32::try_from(length).ok().filter(|length| *length as usize <= NODES)?;
            for index in 0..length {
                if self.nodes > NODES {
                    return None;
                }
                let atom = sys::JS_NewAtomUInt32(self.ctx, index);
                // A hole is `undefined`.
                let item = self.own(value, atom, depth).unwrap_or(Value::Null);
                sys::JS_FreeAtom(self.ctx, atom);
                items.push(item);
            }
        }
        Some(Value::List(items))
    }

    unsafe fn map(&mut self, value: JSValue, depth: usize) -> Option<Value> {
        let mut map = Map::new();
        let (mut names, mut count) = (ptr::null_mut(), 0);
        let flags = (sys::JS_GPN_STRING_MASK | sys::JS_GPN_ENUM_ONLY) as c_int;
        // SAFETY: the engine fills the table, which is read within its length and freed.
        unsafe {
            if sys::JS_GetOwnPropertyNames(self.ctx, &mut names, &mut count, value, flags) < 0 {
                swallow(self.ctx);
                return None;
            }
            let table: &[sys::JSPropertyEnum] =
                if count == 0 { &[] } else { slice::from_raw_parts(names, count as usize) };
            let mut complete = true;
            for name in table {
                if self.nodes > NODES || self.bytes > TEXT {
                    complete = false;
                    break;
                }
                if let Some(key) = atom_text(self.ctx, name.atom)
                    && let Some(item) = self.own(value, name.atom, depth)
                {
                    self.bytes += key.len();
                    map.insert(key, item);
                }
            }
            sys::JS_FreePropertyEnum(self.ctx, names, count);
            complete.then_some(Value::Map(map))
        }
    }

    unsafe fn own(&mut self, object: JSValue, name: JSAtom, depth: usize) -> Option<Value> {
        // SAFETY: as in `value`.
        unsafe {
            Some(match own_data(self.ctx, object, name)? {
                Data::Value(value) => {
                    let converted = self.value(value, depth - 1);
                    sys::JS_FreeValue(self.ctx, value);
                    converted
                }
                Data::Accessor => Value::Opaque(Opaque::Other),
            })
        }
    }
}

/// An own property.
pub(crate) enum Data {
    /// Its value, to be freed.
    Value(JSValue),
    /// A getter or setter, not called.
    Accessor,
}

/// Whether an own property can be written; `None` if the object has none of that name, or one with a getter, or is a proxy.
///
/// # Safety
///
/// `object` and `name` live in `ctx`.
pub(crate) unsafe fn own_writable(
    ctx: *mut JSContext,
    object: JSValue,
    name: JSAtom,
) -> Option<bool> {
    // SAFETY: the caller's.
    let (flags, found) = unsafe { own(ctx, object, name)? };
    match found {
        Data::Value(value) => {
            // SAFETY: the value is ours.
            unsafe { sys::JS_FreeValue(ctx, value) };
            Some(flags as u32 & sys::JS_PROP_WRITABLE != 0)
        }
        Data::Accessor => None,
    }
}

/// An own property of an object that is no proxy; `None` if it has none.
///
/// # Safety
///
/// `object` and `name` live in `ctx`.
pub(crate) unsafe fn own_data(ctx: *mut JSContext, object: JSValue, name: JSAtom) -> Option<Data> {
    // SAFETY: the caller's.
    unsafe { own(ctx, object, name).map(|(_, data)| data) }
}

unsafe fn own(ctx: *mut JSContext, object: JSValue, name: JSAtom) -> Option<(c_int, Data)> {
    let undefined = sys::JS_UNDEFINED;
    let mut found = sys::JSPropertyDescriptor {
        flags: 0,
        value: undefined,
        getter: undefined,
        setter: undefined,
    };
    // SAFETY: the descriptor is filled where 1 is returned.
    unsafe {
        if sys::JS_IsProxy(object) {
            return None;
        }
        match sys::JS_GetOwnProperty(ctx, &mut found, object, name) {
            0 => return None,
            1 => {}
            _ => {
                swallow(ctx);
                return None;
            }
        }
        if found.flags as u32 & sys::JS_PROP_GETSET != 0 {
            sys::JS_FreeValue(ctx, found.getter);
            sys::JS_FreeValue(ctx, found.setter);
            return Some((found.flags, Data::Accessor));
        }
        Some((found.flags, Data::Value(found.value)))
    }
}

/// Drops the pending exception.
///
/// # Safety
///
/// `ctx` is alive.
pub(crate) unsafe fn swallow(ctx: *mut JSContext) {
    // SAFETY: the exception is ours.
    unsafe { sys::JS_FreeValue(ctx, sys::JS_GetException(ctx)) }
}

/// The text of a string; lone surrogates become U+FFFD. `None` where there is no memory.
///
/// # Safety
///
/// `value` is a string of `ctx`.
pub(crate) unsafe fn text(ctx: *mut JSContext, value: JSValue) -> Option<String> {
    let mut len: sys::size_t = 0;
    // SAFETY: the engine gives a buffer of `len` bytes, which is copied and freed.
    unsafe {
        let bytes = sys::JS_ToCStringLen2(ctx, &mut len, value, false);
        if bytes.is_null() {
            swallow(ctx);
            return None;
        }
        let copied = slice::from_raw_parts(bytes.cast::<u8>(), len as usize).to_vec();
        sys::JS_FreeCString(ctx, bytes);
        match String::from_utf8(copied) {
            Ok(text) => Some(text),
            // The engine writes a lone surrogate as three bytes of its own kind.
            Err(_) => {
                let units = sys::JS_ToCStringLenUTF16(ctx, &mut len, value);
                if units.is_null() {
                    swallow(ctx);
                    return None;
                }
                let text = String::from_utf16_lossy(slice::from_raw_parts(units, len as usize));
                sys::JS_FreeCStringUTF16(ctx, units);
                Some(text)
            }
        }
    }
}

/// The text of a property's name.
///
/// # Safety
///
/// `atom` lives in `ctx`.
pub(crate) unsafe fn atom_text(ctx: *mut JSContext, atom: JSAtom) -> Option<String> {
    // SAFETY: the string is ours to free.
    unsafe {
        let name = sys::JS_AtomToString(ctx, atom);
        if sys::JS_IsException(name) {
            swallow(ctx);
            return None;
        }
        let text = text(ctx, name);
        sys::JS_FreeValue(ctx, name);
        text
    }
}

/// A big integer that fits 64 bits.
unsafe fn big_int(ctx: *mut JSContext, value: JSValue) -> Value {
    let mut number = 0;
    // SAFETY: the value is a big integer, whose conversion wraps; comparing tells whether it did.
    unsafe {
        if sys::JS_ToBigInt64(ctx, &mut number, value) < 0 {
            swallow(ctx);
            return Value::Opaque(Opaque::Other);
        }
        let back = sys::JS_NewBigInt64(ctx, number);
        let same = sys::JS_IsStrictEqual(ctx, back, value);
        sys::JS_FreeValue(ctx, back);
        if same { Value::Int(number) } else { Value::Opaque(Opaque::Other) }
    }
}

/// A neutral value in the engine; an exception where there is no memory.
///
/// # Safety
///
/// `ctx` is alive.
pub(crate) unsafe fn from_value(ctx: *mut JSContext, value: &Value) -> JSValue {
    // SAFETY: every value that is made here is handed on or freed.
    unsafe {
        match value {
            Value::Null | Value::Opaque(_) => sys::JS_NULL,
            Value::Bool(value) => boolean(*value),
            Value::Int(value) => int(*value),
            Value::Float(value) => sys::JS_NewFloat64(*value),
            Value::Text(text) => string(ctx, text),
            Value::List(items) => {
                let items: Vec<JSValue> = items.iter().map(|item| from_value(ctx, item)).collect();
                list(ctx, &items)
            }
            Value::Map(map) => {
                let object = sys::JS_NewObject(ctx);
                for (key, value) in map {
                    let value = from_value(ctx, value);
                    if sys::JS_IsException(value) || !define(ctx, object, key, value) {
                        sys::JS_FreeValue(ctx, object);
                        return sys::JS_EXCEPTION;
                    }
                }
                object
            }
        }
    }
}

pub(crate) fn boolean(value: bool) -> JSValue {
    if value { sys::JS_TRUE } else { sys::JS_FALSE }
}

/// A whole number; beyond 2^53 the nearest double.
pub(crate) fn int(value: i64) -> JSValue {
    match i32::try_from(value) {
        Ok(value) => sys::JS_MKVAL(sys::JS_TAG_INT, value),
        Err(_) => sys::JS_NewFloat64(value as f64),
    }
}

/// A string.
///
/// # Safety
///
/// `ctx` is alive.
pub(crate) unsafe fn string(ctx: *mut JSContext, text: &str) -> JSValue {
    // SAFETY: the engine copies so many bytes.
    unsafe { sys::JS_NewStringLen(ctx, text.as_ptr().cast(), text.len() as sys::size_t) }
}

/// An array that takes the items over; an exception if one of them is.
///
/// # Safety
///
/// The items live in `ctx`.
pub(crate) unsafe fn list(ctx: *mut JSContext, items: &[JSValue]) -> JSValue {
    // SAFETY: the engine copies so many values.
    unsafe {
        let len = c_int::try_from(items.len());
        if let Ok(len) = len
            && !items.iter().any(|item| sys::JS_IsException(*item))
        {
            return sys::JS_NewArrayFrom(ctx, len, items.as_ptr());
        }
        for item in items {
            sys::JS_FreeValue(ctx, *item);
        }
        sys::JS_EXCEPTION
    }
}

unsafe fn define(ctx: *mut JSContext, object: JSValue, key: &str, value: JSValue) -> bool {
    // SAFETY: the atom is freed, the value handed over.
    unsafe {
        let atom = sys::JS_NewAtomLen(ctx, key.as_ptr().cast(), key.len() as sys::size_t);
        let done =
            sys::JS_DefinePropertyValue(ctx, object, atom, value, sys::JS_PROP_C_W_E as c_int);
        sys::JS_FreeAtom(ctx, atom);
        done >= 0
    }
}

/// The head of an object.
///
/// # Safety
///
/// `object` is an object.
pub(crate) unsafe fn object_head(object: JSValue) -> *mut crate::view::ObjectHead {
    // SAFETY: the tag says that the union holds a pointer.
    unsafe { object.u.ptr.cast() }
}
