//! The neutral value: what a helper takes and gives, whatever the language.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A map from text to values that keeps its order.
pub type Map = indexmap::IndexMap<String, Value>;

/// A value that crosses the border between a script and the host.
///
/// Integers are 64-bit; a whole float within ±2^53 crosses as an integer, NaN and the infinities as
/// [`Value::Null`] (`Value::from(f64)` does both).
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub enum Value {
    /// JSON `null`; also `undefined`, `nil` and `()` passed explicitly.
    #[default]
    Null,
    /// A truth value.
    Bool(bool),
    /// A whole number.
    Int(i64),
    /// A number that is not whole, or larger than 2^53.
    Float(f64),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Value>),
    /// A map.
    Map(Map),
    /// A value of the script's that has no neutral form, or whose content the parameter does not want.
    Opaque(Opaque),
}

/// What a [`Value::Opaque`] was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Opaque {
    /// An object or map whose content was not converted.
    Object,
    /// A list whose content was not converted.
    List,
    /// A function.
    Function,
    /// Anything else: a symbol, a userdata, a closure's handle.
    Other,
}

/// The largest whole number that every language holds exactly: 2^53 (ECMA-262, Number.MAX_SAFE_INTEGER + 1).
pub const EXACT_INTEGER: i64 = 1 << 53;

impl Value {
    /// The text, if it is one.
    #[must_use]
    pub fn as_text(&self) -> Option<&str> {
        match self {
            Value::Text(text) => Some(text),
            _ => None,
        }
    }

    /// The whole number, if it is one.
    #[must_use]
    pub fn as_int(&self) -> Option<i64> {
        match self {
            Value::Int(number) => Some(*number),
            _ => None,
        }
    }

    /// What the value is, with its article, as error messages name it in every language.
    #[must_use]
    pub fn described(&self) -> &'static str {
        match self {
            Value::Null => "null",
            Value::Bool(_) => "a boolean",
            Value::Int(_) | Value::Float(_) => "a number",
            Value::Text(_) => "text",
            Value::List(_) | Value::Opaque(Opaque::List) => "a list",
            Value::Map(_) | Value::Opaque(Opaque::Object) => "an object",
            Value::Opaque(Opaque::Function) => "a function",
            Value::Opaque(_) => "a value of the language's own",
        }
    }

    /// The value as JSON; an opaque one is `null`.
    #[must_use]
    pub fn to_json(&self) -> serde_json::Value {
        match self {
            Value::Null | Value::Opaque(_) => serde_json::Value::Null,
            Value::Bool(value) => (*value).into(),
            Value::Int(value) => (*value).into(),
            Value::Float(value) => (*value).into(),
            Value::Text(value) => value.as_str().into(),
            Value::List(items) => items.iter().map(Value::to_json).collect(),
            Value::Map(map) => {
                map.iter().map(|(key, value)| (key.clone(), value.to_json())).collect()
            }
        }
    }
}

impl From<f64> for Value {
    fn from(number: f64) -> Self {
        if !number.is_finite() {
            Value::Null
        } else if number.fract() == 0.0 && number.abs() <= EXACT_INTEGER as f64 {
            Value::Int(number as i64)
        } else {
            Value::Float(number)
        }
    }
}

impl From<serde_json::Value> for Value {
    /// Every JSON value has a neutral form; an integer beyond 64 bits becomes the nearest float.
    fn from(json: serde_json::Value) -> Self {
        match json {
            serde_json::Value::Null => Value::Null,
            serde_json::Value::Bool(value) => Value::Bool(value),
            serde_json::Value::Number(number) => match number.as_i64() {
                Some(value) => Value::Int(value),
                None => number.as_f64().map_or(Value::Null, Value::from),
            },
            serde_json::Value::String(value) => Value::Text(value),
            serde_json::Value::Array(items) => {
                Value::List(items.into_iter().map(Value::from).collect())
            }
            serde_json::Value::Object(map) => {
                Value::Map(map.into_iter().map(|(key, value)| (key, value.into())).collect())
            }
        }
    }
}

macro_rules! from {
    ($($from:ty => $variant:ident),*) => {$(
        impl From<$from> for Value {
            fn from(value: $from) -> Self {
                Value::$variant(value.into())
            }
        }
    )*};
}
from!(bool => Bool, i32 => Int, u32 => Int, i64 => Int, &str => Text, String => Text, Vec<Value> => List, Map => Map);

impl fmt::Display for Value {
    /// Scalars as ECMAScript's `String(value)` writes them, lists and maps as JSON.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Null => f.write_str("null"),
            Value::Bool(value) => value.fmt(f),
            Value::Int(value) => value.fmt(f),
            Value::Float(value) => f.write_str(ryu_js::Buffer::new().format(*value)),
            Value::Text(value) => f.write_str(value),
            Value::List(_) | Value::Map(_) => self.to_json().fmt(f),
            Value::Opaque(_) => f.write_str(self.described()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_cross_by_one_rule() {
        assert_eq!(Value::from(3.0), Value::Int(3));
        assert_eq!(Value::from(-0.0), Value::Int(0));
        assert_eq!(Value::from(0.5), Value::Float(0.5));
        assert_eq!(Value::from(f64::NAN), Value::Null);
        assert_eq!(Value::from(f64::NEG_INFINITY), Value::Null);
        assert_eq!(Value::from(9_007_199_254_740_992.0), Value::Int(EXACT_INTEGER));
        assert_eq!(Value::from(1e300), Value::Float(1e300));
        let big: serde_json::Value = serde_json::from_str("18446744073709551615").unwrap();
        assert_eq!(Value::from(big), Value::Float(18_446_744_073_709_551_615.0));
    }
}
