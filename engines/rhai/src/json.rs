//! `to_json` and `parse_json`, in place of Rhai's: of any value, within the script's limits.
//!
//! Integers keep all their digits, whole floats are written as integers, what is not finite and `()` as `null`. An untouched map of the event is written in
//! the event's order; Rhai's own maps are sorted by their keys.

use std::{any::TypeId, fmt, rc::Rc};

use reactant_core::{
    limits::Stop,
    packed::{Node, View},
    value::Value,
};
use rhai::{Array, Dynamic, Engine, EvalAltResult, Map, NativeCallContext, Position};
use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};

use crate::{
    level::{ListLevel, MapLevel},
    state::State,
};

type Raised = Box<EvalAltResult>;

/// The deepest nesting that is written; the parser has the same bound.
const DEPTH: usize = 128;
/// How many values pass between two looks at the limits.
const EVERY: usize = 64;
/// So many bytes of a text are quoted between two of them.
const PIECE: usize = 1 << 16;

/// Offers both.
pub(crate) fn register(engine: &mut Engine, state: &Rc<State>) {
    // Rhai's own for maps would be found before one for anything.
    for kind in [TypeId::of::<Dynamic>(), TypeId::of::<Map>()] {
        let own = Rc::clone(state);
        engine.register_raw_fn("to_json", [kind], move |_, args: &mut [&mut Dynamic]| {
            let [value] = args else { return Ok(Dynamic::UNIT) };
            let longest = own.room();
            let mut writer = Writer { state: &own, out: String::new(), longest, count: 0 };
            writer.value(value, DEPTH)?;
            Ok(Dynamic::from(writer.out))
        });
    }
    let own = Rc::clone(state);
    engine.register_fn("parse_json", move |context: NativeCallContext<'_>, text: &str| {
        parse(&own, &context, text)
    });
}

struct Writer<'a> {
    state: &'a State,
    out: String,
    longest: usize,
    count: usize,
}

impl Writer<'_> {
    fn step(&mut self, depth: usize) -> Result<(), Raised> {
        if depth == 0 {
            let what = format!("values that nest deeper than {DEPTH} cannot be written as JSON");
            return Err(EvalAltResult::ErrorRuntime(what.into(), Position::NONE).into());
        }
        self.count += 1;
        if self.count.is_multiple_of(EVERY) {
            self.state.hurry();
            self.state.check()?;
        }
        self.room()
    }

    fn room(&self) -> Result<(), Raised> {
        if self.out.len() > self.longest { Err(self.state.stop(Stop::Memory)) } else { Ok(()) }
    }

    fn value(&mut self, value: &Dynamic, depth: usize) -> Result<(), Raised> {
        self.step(depth)?;
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
            // In the event's order, where nothing was added or taken away.
            let written = level.in_event(self.state, |map, touched| {
                let fields = map
                    .iter()
                    .map(|entry| (entry.name(), (touched.get(entry.name()), entry.value())));
                self.fields(fields, |own, (part, node)| match part {
                    Some(part) => own.value(part, depth - 1),
                    None => own.node(node, depth - 1),
                })
            });
            return match written {
                Some(written) => written,
                None => self.map(&level.to_map(self.state), depth),
            };
        }
        if let Ok(text) = value.as_immutable_string_ref() {
            return self.text(&text);
        }
        match crate::value::to_scalar(value) {
            Value::Bool(value) => self.out.push_str(if value { "true" } else { "false" }),
            Value::Int(value) => self.int(value),
            Value::Float(value) => self.float(value),
            Value::Text(text) => self.text(&text)?,
            _ if value.is_blob() => {
                let items = value.as_blob_ref().map(|blob| blob.clone()).unwrap_or_default();
                return self.series(items.into_iter(), |own, byte| {
                    own.step(depth)?;
                    own.int(i64::from(byte));
                    Ok(())
                });
            }
            _ if value.is_fnptr() => {
                let what = "a function cannot be written as JSON";
                return Err(EvalAltResult::ErrorRuntime(what.into(), Position::NONE).into());
            }
            _ => self.out.push_str("null"),
        }
        Ok(())
    }

    fn int(&mut self, value: i64) {
        self.out.push_str(&value.to_string());
    }

    fn float(&mut self, value: f64) {
        self.out.push_str(ryu_js::Buffer::new().format(value));
    }

    /// Quotes a text piece by piece: it may be long.
    fn text(&mut self, text: &str) -> Result<(), Raised> {
        self.out.push('"');
        let mut rest = text;
        loop {
            let end = (0..=PIECE.min(rest.len())).rev().find(|at| rest.is_char_boundary(*at));
            let (piece, after) = rest.split_at(end.unwrap_or(rest.len()));
            // An escape takes at most six bytes for one.
            let room = self.longest.saturating_sub(self.out.len());
            if piece.len().saturating_mul(6) > room && quoted(piece) > room {
                return Err(self.state.stop(Stop::Memory));
            }
            quote(&mut self.out, piece);
            if after.is_empty() {
                break;
            }
            rest = after;
            self.state.hurry();
            self.state.check()?;
        }
        self.out.push('"');
        self.room()
    }

    fn series<T>(
        &mut self,
        items: impl Iterator<Item = T>,
        each: impl Fn(&mut Self, T) -> Result<(), Raised>,
    ) -> Result<(), Raised> {
        self.out.push('[');
        for (index, item) in items.enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            each(self, item)?;
        }
        self.out.push(']');
        Ok(())
    }

    fn fields<'k, T>(
        &mut self,
        fields: impl Iterator<Item = (&'k str, T)>,
        each: impl Fn(&mut Self, T) -> Result<(), Raised>,
    ) -> Result<(), Raised> {
        self.out.push('{');
        for (index, (key, item)) in fields.enumerate() {
            if index > 0 {
                self.out.push(',');
            }
            self.text(key)?;
            self.out.push(':');
            each(self, item)?;
        }
        self.out.push('}');
        Ok(())
    }

    fn list(&mut self, items: &Array, depth: usize) -> Result<(), Raised> {
        self.series(items.iter(), |own, item| own.value(item, depth - 1))
    }

    fn map(&mut self, map: &Map, depth: usize) -> Result<(), Raised> {
        let fields = map.iter().map(|(key, item)| (key.as_str(), item));
        self.fields(fields, |own, item| own.value(item, depth - 1))
    }

    fn node(&mut self, node: Node<'_>, depth: usize) -> Result<(), Raised> {
        self.step(depth)?;
        match node.view() {
            View::Null => self.out.push_str("null"),
            View::Bool(value) => self.out.push_str(if value { "true" } else { "false" }),
            View::Int(value) => self.int(value),
            View::Float(value) => self.float(value),
            View::Text(text) => self.text(text)?,
            View::List(list) => {
                return self.series(list.iter(), |own, item| own.node(item, depth - 1));
            }
            View::Map(map) => {
                let fields = map.iter().map(|entry| (entry.name(), entry.value()));
                return self.fields(fields, |own, item| own.node(item, depth - 1));
            }
        }
        Ok(())
    }
}

/// The most that a text takes when it is quoted.
fn quoted(text: &str) -> usize {
    let long = |byte: u8| byte < 0x20;
    let escapes = text
        .bytes()
        .map(|byte| if long(byte) { 6 } else { 1 + usize::from(b"\"\\".contains(&byte)) });
    escapes.sum()
}

/// Quotes as ECMA-262 25.5.2.3 does, without the marks around.
fn quote(out: &mut String, text: &str) {
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        let short = match byte {
            b'"' => "\\\"",
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            b'\t' => "\\t",
            0x08 => "\\b",
            0x0c => "\\f",
            0..0x20 => "",
            _ => continue,
        };
        out.push_str(&text[done..at]);
        match short {
            "" => out.push_str(&format!("\\u{byte:04x}")),
            short => out.push_str(short),
        }
        done = at + 1;
    }
    out.push_str(&text[done..]);
}

fn parse(state: &State, context: &NativeCallContext<'_>, text: &str) -> Result<Dynamic, Raised> {
    let room = state.room() / size_of::<Dynamic>();
    let reader = Reader { state, left: &std::cell::Cell::new(room) };
    let mut source = serde_json::Deserializer::from_str(text);
    let parsed = reader.deserialize(&mut source).and_then(|value| source.end().map(|()| value));
    state.hurry();
    state.check()?;
    parsed.map_err(|error| {
        EvalAltResult::ErrorRuntime(format!("JSON: {error}").into(), context.call_position()).into()
    })
}

/// Builds Rhai's values as the text is read, so that no other tree of them exists.
#[derive(Clone, Copy)]
struct Reader<'a> {
    state: &'a State,
    /// How many more values there may be.
    left: &'a std::cell::Cell<usize>,
}

impl Reader<'_> {
    fn step<E: de::Error>(self) -> Result<(), E> {
        let Some(left) = self.left.get().checked_sub(1) else {
            let _ = self.state.stop(Stop::Memory);
            return Err(E::custom("too large"));
        };
        self.left.set(left);
        if left.is_multiple_of(EVERY) {
            self.state.hurry();
            if self.state.over() {
                return Err(E::custom("stopped"));
            }
        }
        Ok(())
    }
}

impl<'de> DeserializeSeed<'de> for Reader<'_> {
    type Value = Dynamic;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Dynamic, D::Error> {
        self.step()?;
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Reader<'_> {
    type Value = Dynamic;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Dynamic, E> {
        Ok(Dynamic::UNIT)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Dynamic, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Dynamic, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Dynamic, E> {
        Ok(i64::try_from(value).map_or_else(|_| Dynamic::from(value as f64), Dynamic::from))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Dynamic, E> {
        Ok(crate::value::from_value(Value::from(value)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Dynamic, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Dynamic, A::Error> {
        let mut list = Array::new();
        while let Some(item) = items.next_element_seed(self)? {
            list.push(item);
        }
        Ok(list.into())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Dynamic, A::Error> {
        let mut map = Map::new();
        while let Some(key) = entries.next_key::<String>()? {
            let value = entries.next_value_seed(self)?;
            map.insert(key.into(), value);
        }
        Ok(map.into())
    }
}
