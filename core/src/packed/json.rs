//! A packed tree as JSON text, to the letter as ECMAScript's `JSON.stringify` writes it.

use super::{Entry, Node, Packed, View};
use crate::value::{EXACT_INTEGER, Map, Value};

/// How `JSON.stringify`'s third argument indents.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Indent<'a> {
    /// One line without spaces.
    None,
    /// Each level is indented by this text (at most 10 characters, as ECMA-262 25.5.2 cuts it).
    By(&'a str),
}

impl Node<'_> {
    /// The value as JSON, visible entries only; integers beyond 2^53 as the nearest double, as every script sees them.
    #[must_use]
    pub fn to_json(self, indent: Indent<'_>) -> String {
        let mut out = String::with_capacity(256);
        self.write_json(&mut out, indent, true);
        out
    }

    /// The value as JSON for another program: integers keep all their digits.
    #[must_use]
    pub fn to_json_exact(self) -> String {
        let mut out = String::with_capacity(256);
        self.write_json(&mut out, Indent::None, false);
        out
    }

    fn write_json(self, out: &mut String, indent: Indent<'_>, doubles: bool) {
        let gap = match indent {
            Indent::None | Indent::By("") => None,
            Indent::By(text) => Some(text),
        };
        Writer { out, gap, depth: 0, doubles }.value(self);
    }

    /// The value as a neutral one, visible entries only.
    #[must_use]
    pub fn to_value(self) -> Value {
        match self.view() {
            View::Null => Value::Null,
            View::Bool(value) => Value::Bool(value),
            View::Int(value) => Value::Int(value),
            View::Float(value) => Value::Float(value),
            View::Text(text) => Value::Text(text.to_owned()),
            View::List(list) => Value::List(list.iter().map(Node::to_value).collect()),
            View::Map(map) => Value::Map(
                map.iter()
                    .map(|entry| (entry.name().to_owned(), entry.value().to_value()))
                    .collect::<Map>(),
            ),
        }
    }
}

impl Packed {
    /// Packs a neutral value. What leads deeper than [`MAX_DEPTH`](super::MAX_DEPTH) or beyond the 4 GiB of a buffer is null.
    #[must_use]
    pub fn of(value: &Value) -> Packed {
        let mut builder = super::Builder::new();
        let root = builder.value(value);
        builder.finish(root)
    }
}

struct Writer<'a> {
    out: &'a mut String,
    gap: Option<&'a str>,
    depth: usize,
    doubles: bool,
}

impl Writer<'_> {
    fn value(&mut self, node: Node<'_>) {
        match node.view() {
            View::Null => self.out.push_str("null"),
            View::Bool(value) => self.out.push_str(if value { "true" } else { "false" }),
            View::Int(value) if !self.doubles || value.abs() <= EXACT_INTEGER => {
                self.out.push_str(itoa::Buffer::new().format(value));
            }
            View::Int(value) => self.out.push_str(ryu_js::Buffer::new().format(value as f64)),
            // With an exponent it stays a float for whoever parses it; its digits alone would read as an integer.
            View::Float(value) if !self.doubles && value.fract() == 0.0 => {
                match node.as_unsigned() {
                    Some(exact) => self.out.push_str(itoa::Buffer::new().format(exact)),
                    None => self.out.push_str(&format!("{value:e}")),
                }
            }
            View::Float(value) => self.out.push_str(ryu_js::Buffer::new().format(value)),
            View::Text(text) => quote(self.out, text),
            View::List(list) if list.is_empty() => self.out.push_str("[]"),
            View::List(list) => {
                self.open('[');
                for (index, item) in list.iter().enumerate() {
                    self.separate(index);
                    self.value(item);
                }
                self.close(']');
            }
            View::Map(map) if map.is_empty() => self.out.push_str("{}"),
            View::Map(map) => {
                self.open('{');
                if map.has_index_keys() && self.doubles {
                    let mut entries: Vec<Entry<'_>> = map.iter().collect();
                    entries.sort_by_key(|entry| array_index(entry.name()));
                    self.entries(entries.into_iter());
                } else {
                    self.entries(map.iter());
                }
                self.close('}');
            }
        }
    }

    fn entries<'a>(&mut self, entries: impl Iterator<Item = Entry<'a>>) {
        for (index, entry) in entries.enumerate() {
            self.separate(index);
            quote(self.out, entry.name());
            self.out.push_str(if self.gap.is_some() { ": " } else { ":" });
            self.value(entry.value());
        }
    }

    fn open(&mut self, bracket: char) {
        self.out.push(bracket);
        self.depth += 1;
    }

    fn separate(&mut self, index: usize) {
        if index > 0 {
            self.out.push(',');
        }
        self.line();
    }

    fn close(&mut self, bracket: char) {
        self.depth -= 1;
        self.line();
        self.out.push(bracket);
    }

    fn line(&mut self) {
        if let Some(gap) = self.gap {
            self.out.push('\n');
            for _ in 0..self.depth {
                self.out.push_str(gap);
            }
        }
    }
}

/// Where ECMAScript enumerates a key: array indices first, by their number, then the others in their order (ECMA-262, 10.1.11).
fn array_index(key: &str) -> u32 {
    let canonical = key == "0" || !key.starts_with(['0', '+']);
    match key.parse() {
        Ok(index) if canonical => index,
        _ => u32::MAX,
    }
}

/// Quotes as ECMA-262 25.5.2.3 (QuoteJSONString) does; a Rust string holds no lone surrogate.
fn quote(out: &mut String, text: &str) {
    out.push('"');
    let mut done = 0;
    for (at, byte) in text.bytes().enumerate() {
        let escape = match byte {
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
        if escape.is_empty() {
            const HEX: &[u8; 16] = b"0123456789abcdef";
            out.push_str("\\u00");
            out.push(char::from(HEX[usize::from(byte >> 4)]));
            out.push(char::from(HEX[usize::from(byte & 15)]));
        } else {
            out.push_str(escape);
        }
        done = at + 1;
    }
    out.push_str(&text[done..]);
    out.push('"');
}
