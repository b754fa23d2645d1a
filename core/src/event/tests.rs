use serde_json::Value as Js;

use super::*;
use crate::packed::{Packed, View};

mod hostile;
mod loading;
mod properties;
mod schema;
mod seen;

/// The example of `events.md`, its ellipses filled in.
const PAGE: &str = include_str!("tests/page.json");

fn event(text: &str) -> Event {
    match Line::parse(text.as_bytes(), 1) {
        Ok(Line::Event(event)) => event,
        other => panic!("{other:?}"),
    }
}

/// Reads an event, which must be one, and writes it out again.
fn loaded(text: &str) -> Js {
    written(event(text).packed())
}

fn written(packed: &Packed) -> Js {
    assert!(Packed::from_bytes(packed.as_bytes()).is_ok());
    serde_json::from_str(&packed.root().to_json_exact()).unwrap()
}

fn fault(text: &str) -> String {
    match Line::parse(text.as_bytes(), 1) {
        Err(error) => error.to_string(),
        Ok(line) => panic!("{line:?}"),
    }
}

/// What a script gets for `data.a.0.b`, hidden spellings included; null for what is absent.
fn read(packed: &Packed, path: &str) -> Js {
    let mut node = packed.root();
    for step in path.split('.') {
        let next = match node.view() {
            View::Map(map) => map.get_text(step),
            View::List(list) => match step.parse() {
                Ok(index) => list.get(index),
                Err(_) => list.hidden().find(|entry| entry.name() == step).map(|e| e.value()),
            },
            _ => None,
        };
        match next {
            Some(next) => node = next,
            None => return Js::Null,
        }
    }
    serde_json::from_str(&node.to_json_exact()).unwrap()
}
