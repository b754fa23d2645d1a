//! Values across the border: Rhai's to neutral ones and back.

use reactant_core::value::{Opaque, Value};
use rhai::{Array, Blob, Dynamic, Map};

use crate::{
    level::{ListLevel, MapLevel},
    state::State,
};

/// How far [`to_value`] follows maps and lists; what lies beyond is opaque.
const DEPTH: usize = reactant_core::packed::MAX_DEPTH;
/// How many values of one argument are converted; what lies beyond is opaque.
const NODES: usize = 100_000;
/// How many bytes of text of one argument's parts are converted: many of them may be one and the same long text. What lies beyond is opaque.
const TEXT: usize = 16 << 20;

/// How many values pass between two looks at the limits.
const EVERY: usize = 64;

/// The neutral form of a scalar; maps, lists and functions are opaque.
pub(crate) fn to_scalar(value: &Dynamic) -> Value {
    if let Ok(text) = value.as_immutable_string_ref() {
        return Value::Text(text.to_string());
    }
    if let Ok(number) = value.as_int() {
        return Value::Int(number);
    }
    if let Ok(number) = value.as_float() {
        return Value::from(number);
    }
    if let Ok(truth) = value.as_bool() {
        return Value::Bool(truth);
    }
    if let Ok(char) = value.as_char() {
        return Value::Text(char.to_string());
    }
    if value.is_unit() {
        Value::Null
    } else if value.is_array() || value.is_blob() || value.is::<ListLevel>() {
        Value::Opaque(Opaque::List)
    } else if value.is_map() || value.is::<MapLevel>() {
        Value::Opaque(Opaque::Object)
    } else if value.is_fnptr() {
        Value::Opaque(Opaque::Function)
    } else {
        Value::Opaque(Opaque::Other)
    }
}

/// The neutral form of any value.
pub(crate) fn to_value(state: &State, value: &Dynamic) -> Value {
    Converter { state, nodes: 0, bytes: 0 }.value(value, DEPTH)
}

struct Converter<'a> {
    state: &'a State,
    nodes: usize,
    bytes: usize,
}

impl Converter<'_> {
    fn value(&mut self, value: &Dynamic, depth: usize) -> Value {
        self.nodes += 1;
        if self.nodes.is_multiple_of(EVERY) {
            self.state.hurry();
            if self.state.over() {
                self.nodes = NODES + 1;
            }
        }
        if self.bytes > TEXT || self.nodes > NODES {
            return Value::Opaque(Opaque::Other);
        }
        if depth == 0 {
            return to_scalar(value);
        }
        if let Ok(items) = value.as_array_ref() {
            return self.list(&items, depth);
        }
        if let Ok(map) = value.as_map_ref() {
            return self.map(&map, depth);
        }
        if let Some(level) = value.read_lock::<ListLevel>() {
            return self.list(level.items(), depth);
        }
        if let Some(level) = value.read_lock::<MapLevel>() {
            return self.map(&level.to_map(self.state), depth);
        }
        if let Ok(blob) = value.as_blob_ref() {
            return self.blob(&blob);
        }
        let scalar = to_scalar(value);
        self.bytes += scalar.as_text().map_or(0, str::len);
        scalar
    }

    fn list(&mut self, items: &Array, depth: usize) -> Value {
        if items.len() > NODES {
            return Value::Opaque(Opaque::List);
        }
        Value::List(items.iter().map(|item| self.value(item, depth - 1)).collect())
    }

    fn map(&mut self, map: &Map, depth: usize) -> Value {
        if map.len() > NODES {
            return Value::Opaque(Opaque::Object);
        }
        let entries = map.iter().map(|(key, item)| {
            self.bytes += key.len();
            (key.to_string(), self.value(item, depth - 1))
        });
        Value::Map(entries.collect())
    }

    fn blob(&mut self, blob: &Blob) -> Value {
        if blob.len() > NODES {
            return Value::Opaque(Opaque::List);
        }
        self.nodes += blob.len();
        Value::List(blob.iter().map(|byte| Value::Int(i64::from(*byte))).collect())
    }
}

/// A neutral value in Rhai.
pub(crate) fn from_value(value: Value) -> Dynamic {
    match value {
        Value::Null | Value::Opaque(_) => Dynamic::UNIT,
        Value::Bool(value) => value.into(),
        Value::Int(value) => value.into(),
        Value::Float(value) => value.into(),
        Value::Text(text) => text.into(),
        Value::List(items) => items.into_iter().map(from_value).collect::<Array>().into(),
        Value::Map(map) => {
            let entries = map.into_iter().map(|(key, value)| (key.into(), from_value(value)));
            entries.collect::<Map>().into()
        }
    }
}
