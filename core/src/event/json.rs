//! JSON text as a tree that borrows from it, between the parser and the packed form.

use std::{
    borrow::Cow,
    cell::Cell,
    collections::{HashMap, hash_map},
    fmt,
};

use serde::de::{self, Deserialize, DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};

use super::error::EventError;
use crate::{
    packed::{Key, KeyName},
    value::Value,
};

/// The most values that one event may hold; a text of nothing but `0,` would else take 16 times its size in memory.
const MAX_VALUES: usize = 1 << 19;

/// A JSON value. `null` stands only where it is an item of a list: as a field it means absent, and is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json<'a> {
    Null,
    Bool(bool),
    Int(i64),
    /// Above `i64::MAX`.
    Unsigned(u64),
    Float(f64),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    Map(Object<'a>),
}

/// A field's name.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) enum Name<'a> {
    Known(Key),
    Other(Cow<'a, str>),
}

impl<'a> Name<'a> {
    fn new(name: Cow<'a, str>) -> Name<'a> {
        Key::of(&name).map_or(Name::Other(name), Name::Known)
    }

    pub(super) fn as_str(&self) -> &str {
        match self {
            Name::Known(key) => key.name(),
            Name::Other(name) => name,
        }
    }

    pub(super) fn key(&self) -> KeyName<'_> {
        match self {
            Name::Known(key) => KeyName::Known(*key),
            Name::Other(name) => KeyName::Text(name),
        }
    }
}

/// A JSON object: names differ, order is kept.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Object<'a> {
    pub(super) entries: Vec<(Name<'a>, Json<'a>)>,
}

impl<'a> Object<'a> {
    fn position(&self, key: Key) -> Option<usize> {
        self.entries.iter().position(|(name, _)| *name == Name::Known(key))
    }

    pub(super) fn get(&self, key: Key) -> Option<&Json<'a>> {
        self.position(key).map(|at| &self.entries[at].1)
    }

    pub(super) fn get_mut(&mut self, key: Key) -> Option<&mut Json<'a>> {
        self.position(key).map(|at| &mut self.entries[at].1)
    }

    pub(super) fn text(&self, key: Key) -> Option<&str> {
        match self.get(key) {
            Some(Json::Text(text)) => Some(text),
            _ => None,
        }
    }

    pub(super) fn map(&self, key: Key) -> Option<&Object<'a>> {
        match self.get(key) {
            Some(Json::Map(map)) => Some(map),
            _ => None,
        }
    }

    pub(super) fn map_mut(&mut self, key: Key) -> Option<&mut Object<'a>> {
        match self.get_mut(key) {
            Some(Json::Map(map)) => Some(map),
            _ => None,
        }
    }

    pub(super) fn list_mut(&mut self, key: Key) -> Option<&mut Vec<Json<'a>>> {
        match self.get_mut(key) {
            Some(Json::List(list)) => Some(list),
            _ => None,
        }
    }

    pub(super) fn remove(&mut self, key: Key) -> Option<Json<'a>> {
        self.position(key).map(|at| self.entries.remove(at).1)
    }

    /// Replaces a field where it stands, or adds it at the end.
    pub(super) fn set(&mut self, key: Key, value: Json<'a>) {
        match self.get_mut(key) {
            Some(place) => *place = value,
            None => self.entries.push((Name::Known(key), value)),
        }
    }

    /// Replaces a field where it stands, or adds it behind another one.
    pub(super) fn set_after(&mut self, before: Key, key: Key, value: Json<'a>) {
        if let Some(place) = self.get_mut(key) {
            *place = value;
        } else {
            let at = self.position(before).map_or(self.entries.len(), |at| at + 1);
            self.entries.insert(at, (Name::Known(key), value));
        }
    }

    /// Gives a field another name, where it stands.
    pub(super) fn rename(&mut self, from: Key, to: Key) {
        if let Some(at) = self.position(from) {
            self.entries[at].0 = Name::Known(to);
        }
    }

    pub(super) fn contains(&self, key: Key) -> bool {
        self.position(key).is_some()
    }
}

impl<'a> Json<'a> {
    /// Parses one document.
    pub(super) fn parse(text: &'a str) -> Result<Json<'a>, EventError> {
        let values = Cell::new(0);
        let mut parser = serde_json::Deserializer::from_str(text);
        Seed { values: &values }
            .deserialize(&mut parser)
            .and_then(|value| parser.end().map(|()| value))
            .map_err(|error| fault(text, &error))
    }

    /// What it is, with its article, as messages name it.
    pub(super) fn described(&self) -> String {
        match self {
            Json::Null => "null".to_owned(),
            Json::Bool(value) => value.to_string(),
            Json::Int(_) => "a whole number".to_owned(),
            Json::Unsigned(value) => format!("the number {value}"),
            Json::Float(value) => format!("the number {value}"),
            Json::Text(_) => "text".to_owned(),
            Json::List(_) => "a list".to_owned(),
            Json::Map(_) => "an object".to_owned(),
        }
    }

    /// The neutral form.
    pub(super) fn into_value(self) -> Value {
        match self {
            Json::Null => Value::Null,
            Json::Bool(value) => Value::Bool(value),
            Json::Int(value) => Value::Int(value),
            Json::Unsigned(value) => Value::Float(value as f64),
            Json::Float(value) => Value::Float(value),
            Json::Text(text) => Value::Text(text.into_owned()),
            Json::List(items) => Value::List(items.into_iter().map(Json::into_value).collect()),
            Json::Map(map) => Value::Map(
                map.entries
                    .into_iter()
                    .map(|(name, value)| (name.as_str().to_owned(), value.into_value()))
                    .collect(),
            ),
        }
    }
}

fn fault(text: &str, error: &serde_json::Error) -> EventError {
    let (line, byte) = (error.line(), error.column());
    let mut what = error.to_string();
    let place = format!(" at line {line} column {byte}");
    if what.ends_with(&place) {
        what.truncate(what.len() - place.len());
    }
    // A line's end that should not be there counts as column 0 of the next line.
    let (line, byte) = if byte == 0 && line > 1 { (line - 1, usize::MAX) } else { (line, byte) };
    let whole = text.split('\n').nth(line.saturating_sub(1)).unwrap_or_default();
    let before = &whole.as_bytes()[..byte.min(whole.len())];
    // Continuation bytes (10xxxxxx) begin no character.
    let characters = before.iter().filter(|byte| (**byte & 0xc0) != 0x80).count();
    let column = characters + usize::from(byte > whole.len());
    EventError::Json { what, line: line.max(1), column: column.max(1) }
}

struct Seed<'c> {
    values: &'c Cell<usize>,
}

impl<'de> DeserializeSeed<'de> for Seed<'_> {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Json<'de>, D::Error> {
        let values = self.values.get() + 1;
        if values > MAX_VALUES {
            return Err(de::Error::custom(format_args!("more than {MAX_VALUES} values")));
        }
        self.values.set(values);
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Seed<'_> {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Int(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(i64::try_from(value).map_or(Json::Unsigned(value), Json::Int))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(match Value::from(value) {
            Value::Int(value) => Json::Int(value),
            _ => Json::Float(value),
        })
    }

    fn visit_borrowed_str<E>(self, text: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(text)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(text.to_owned())))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Json<'de>, A::Error> {
        let mut items = Vec::new();
        while let Some(item) = seq.next_element_seed(Seed { values: self.values })? {
            items.push(item);
        }
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Json<'de>, A::Error> {
        let mut fields = Fields { object: Object::default(), known: [0; 4], others: Others::None };
        let mut nulls = false;
        while let Some(name) = map.next_key::<Name<'de>>()? {
            let value = map.next_value_seed(Seed { values: self.values })?;
            nulls |= value == Json::Null;
            fields.insert(name, value);
        }
        let mut object = fields.object;
        if nulls {
            // Only now: the last of several equal names wins, and it may be null.
            object.entries.retain(|(_, value)| *value != Json::Null);
        }
        Ok(Json::Map(object))
    }
}

impl<'de> Deserialize<'de> for Name<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Name<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a name")
            }

            fn visit_borrowed_str<E>(self, name: &'de str) -> Result<Name<'de>, E> {
                Ok(Name::new(Cow::Borrowed(name)))
            }

            fn visit_str<E>(self, name: &str) -> Result<Name<'de>, E> {
                Ok(Name::new(Cow::Owned(name.to_owned())))
            }
        }
        deserializer.deserialize_str(Reader)
    }
}

/// An object in the making, which finds a name that comes again in constant time.
struct Fields<'a> {
    object: Object<'a>,
    known: [u64; 4],
    others: Others<'a>,
}

enum Others<'a> {
    /// So few that comparing is faster than hashing.
    None,
    Index(HashMap<Name<'a>, usize>),
}

/// From so many fields on, unknown names are indexed.
const INDEXED: usize = 24;

impl<'a> Fields<'a> {
    fn insert(&mut self, name: Name<'a>, value: Json<'a>) {
        let entries = &mut self.object.entries;
        let before = match &name {
            Name::Known(key) => {
                let (word, bit) = (usize::from(key.number() / 64), 1 << (key.number() % 64));
                match self.known.get_mut(word) {
                    Some(word) if *word & bit == 0 => {
                        *word |= bit;
                        None
                    }
                    _ => entries.iter().position(|(other, _)| *other == name),
                }
            }
            Name::Other(_) => match &mut self.others {
                Others::None if entries.len() < INDEXED => {
                    entries.iter().position(|(other, _)| *other == name)
                }
                Others::None => {
                    let mut index: HashMap<Name<'a>, usize> = entries
                        .iter()
                        .enumerate()
                        .map(|(at, (name, _))| (name.clone(), at))
                        .collect();
                    let before = index.get(&name).copied();
                    index.entry(name.clone()).or_insert(entries.len());
                    self.others = Others::Index(index);
                    before
                }
                Others::Index(index) => match index.entry(name.clone()) {
                    hash_map::Entry::Occupied(before) => Some(*before.get()),
                    hash_map::Entry::Vacant(place) => {
                        place.insert(entries.len());
                        None
                    }
                },
            },
        };
        match before {
            Some(at) => entries[at].1 = value,
            None => {
                if entries.capacity() == 0 {
                    // Most objects of an event have 4 to 12 fields.
                    entries.reserve(8);
                }
                entries.push((name, value));
            }
        }
    }
}
