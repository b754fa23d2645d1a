//! Events from any text, and packed trees from any bytes.

use std::sync::LazyLock;

use jiff::Timestamp;
use libfuzzer_sys::arbitrary::{Result, Unstructured};
use reactant_core::{
    event::{Event, EventError, Line},
    packed::{Indent, Node, Packed, View},
    value::Value,
};
use serde_json::Value as Json;

use crate::{input::stretched, json};

/// Events to start from: the sample recording, and the published spellings of `events.md`.
static SAMPLES: LazyLock<Vec<Json>> = LazyLock::new(|| {
    let lines =
        [include_str!("../../cli/samples/events.jsonl"), include_str!("event/spellings.jsonl")];
    let lines = lines.iter().flat_map(|text| text.lines());
    lines.map(|line| serde_json::from_str(line).expect("the samples are JSON")).collect()
});

/// What the recipe says of itself in `data`.
static METADATA: LazyLock<Packed> =
    LazyLock::new(|| Packed::of(&Value::from(serde_json::json!({"kind": "fuzz", "name": "fuzz"}))));

/// Takes an input. Nothing panics, and:
///
/// - what a reaction sees of an event, written as JSON, is an event again, which is seen as the same;
/// - what is accepted as a packed tree can be walked, and takes no more than its bytes account for.
pub fn parse(bytes: &[u8]) {
    let _ = choose(Unstructured::new(bytes));
}

fn choose(mut u: Unstructured<'_>) -> Result<()> {
    let kind = u.arbitrary::<u8>()? % 8;
    if matches!(kind, 0 | 1 | 5) {
        let bytes = u.take_rest();
        if kind == 5 {
            tree(bytes.to_vec());
        } else {
            line(bytes);
        }
        return Ok(());
    }
    let bytes = stretched(u.take_rest());
    let u = &mut Unstructured::new(&bytes);
    match kind {
        2..=4 => line(sample(u)?.to_string().as_bytes()),
        6 => {
            let value = json::value(u, 4)?;
            let packed = Packed::of(&Value::from(value));
            tree(broken(u, packed.as_bytes().to_vec())?);
        }
        _ => {
            let text = sample(u)?.to_string();
            if let Ok(Line::Event(event)) = Line::parse(text.as_bytes(), 1) {
                let data = seen(event).1;
                tree(broken(u, data.as_bytes().to_vec())?);
            }
        }
    }
    Ok(())
}

/// A sample with a few fields removed, replaced, added or moved.
fn sample(u: &mut Unstructured<'_>) -> Result<Json> {
    let mut event = u.choose(&SAMPLES)?.clone();
    for _ in 0..u.int_in_range(0..=6)? {
        let mut at = &mut event;
        for _ in 0..u.int_in_range(0..=4)? {
            let len = match at {
                Json::Object(map) => map.len(),
                Json::Array(items) => items.len(),
                _ => 0,
            };
            if len == 0 {
                break;
            }
            let index = u.choose_index(len)?;
            let below = match at {
                Json::Object(map) => map.values_mut().nth(index),
                Json::Array(items) => items.get_mut(index),
                _ => None,
            };
            at = below.expect("the index is below the length");
        }
        change(u, at)?;
    }
    Ok(event)
}

fn change(u: &mut Unstructured<'_>, at: &mut Json) -> Result<()> {
    match (u.arbitrary::<u8>()? % 4, at) {
        (0, Json::Object(map)) if !map.is_empty() => {
            let name = map.keys().nth(u.choose_index(map.len())?).cloned().unwrap_or_default();
            map.shift_remove(&name);
        }
        (1, Json::Object(map)) => {
            // A name that means something elsewhere in an event.
            let name = match u.choose(&SAMPLES)? {
                Json::Object(other) if !other.is_empty() && u.arbitrary::<bool>()? => {
                    other.keys().nth(u.choose_index(other.len())?).cloned().unwrap_or_default()
                }
                _ => json::key(u)?,
            };
            map.insert(name, json::value(u, 3)?);
        }
        (0, Json::Array(items)) if !items.is_empty() => {
            items.remove(u.choose_index(items.len())?);
        }
        (1, Json::Array(items)) => items.push(json::value(u, 3)?),
        (2, at) => {
            // A part of another event, as such parts are: `file` where `flow` was.
            let mut part = u.choose(&SAMPLES)?;
            for _ in 0..u.int_in_range(1..=3)? {
                let parts: Vec<&Json> = match part {
                    Json::Object(map) => map.values().collect(),
                    Json::Array(items) => items.iter().collect(),
                    _ => break,
                };
                if parts.is_empty() {
                    break;
                }
                part = u.choose(&parts)?;
            }
            *at = part.clone();
        }
        (_, at) => *at = json::value(u, 3)?,
    }
    Ok(())
}

/// Valid bytes with a few changed, cut or repeated.
fn broken(u: &mut Unstructured<'_>, mut bytes: Vec<u8>) -> Result<Vec<u8>> {
    for _ in 0..u.int_in_range(0..=8)? {
        if bytes.is_empty() {
            break;
        }
        let at = u.choose_index(bytes.len())?;
        match u.arbitrary::<u8>()? % 8 {
            0 => bytes.truncate(at),
            1 => {
                let from = u.choose_index(bytes.len())?;
                let part = bytes[from..(from + 32).min(bytes.len())].to_vec();
                let end = (at + part.len()).min(bytes.len());
                bytes[at..end].copy_from_slice(&part[..end - at]);
            }
            2 => {
                // A whole word: lengths and links are such.
                let (at, word) = (at & !3, u.arbitrary::<u16>()?);
                if let Some(place) = bytes.get_mut(at..at + 4) {
                    place.copy_from_slice(&u32::from(word).to_le_bytes());
                }
            }
            _ => bytes[at] = u.arbitrary()?,
        }
    }
    Ok(bytes)
}

fn line(text: &[u8]) {
    let event = match Line::parse(text, 1) {
        Ok(Line::Event(event)) => event,
        Ok(Line::Header(value)) => return walk(&Packed::of(&value)),
        Err(error) => {
            assert!(!error.to_string().is_empty());
            return;
        }
    };
    let (event, data) = seen(event);
    walk(&data);
    assert!(Packed::from_bytes(data.as_bytes()).is_ok(), "the tree of {data:?}");
    let json = data.root().to_json_exact();
    let again = match Line::parse(json.as_bytes(), 1) {
        Ok(Line::Event(again)) => again,
        // `data` nests what is in the event one level deeper, under `base`, and repeats it.
        Err(EventError::TooDeep | EventError::TooLarge | EventError::TooLong { .. }) => return,
        other => panic!("{other:?} of {json}"),
    };
    let (again, data_again) = seen(again);
    assert_eq!(data_again.root().to_json_exact(), json);
    let facts = |event: &Event| {
        (
            event.event_type(),
            event.uuid().to_owned(),
            event.timestamp(),
            event.actions(),
            event.flags(),
            event.local(),
            event.remote(),
            event.protocol(),
            event.process_identity(),
            event.lost(),
            event.path().to_owned(),
        )
    };
    assert_eq!(format!("{:?}", facts(&again)), format!("{:?}", facts(&event)), "of {json}");
}

fn seen(mut event: Event) -> (Event, Packed) {
    event.complete(1, 0, Timestamp::UNIX_EPOCH);
    let data = event.data(&METADATA, event.actions());
    (event, data)
}

fn tree(bytes: Vec<u8>) {
    if let Ok(packed) = Packed::from_bytes(bytes) {
        walk(&packed);
    }
}

/// Reads everything that a tree has, hidden entries included.
fn walk(packed: &Packed) {
    /// Hidden entries may repeat what is elsewhere many times over.
    const MOST: usize = 1 << 18;
    let len = packed.as_bytes().len();
    let value = packed.root().to_value();
    let json = packed.root().to_json(Indent::None);
    // A slot of 16 bytes takes at most 25 (a number), a byte of text six (an escape), and a shared branch is met a few times.
    assert!(json.len() <= 64 * len + 64, "{len} bytes are {} of JSON", json.len());
    let indented = packed.root().to_json(Indent::By("  "));
    assert!(indented.len() >= json.len());
    let exact: Json = serde_json::from_str(&packed.root().to_json_exact()).unwrap_or_default();
    // The parser gives up at some depth of its own.
    if !exact.is_null() {
        assert_eq!(Value::from(exact), value);
    }
    assert_eq!(Packed::of(&value).root().to_value(), value);
    let mut left = MOST;
    every(packed.root(), &mut left);
}

fn every(node: Node<'_>, left: &mut usize) {
    let Some(fewer) = left.checked_sub(1) else { return };
    *left = fewer;
    match node.view() {
        View::Text(text) => {
            assert_eq!(node.text_bytes(), text.as_bytes());
            assert_eq!(node.is_ascii(), text.is_ascii());
        }
        View::Float(number) => assert!(number.is_finite()),
        View::List(list) => {
            assert_eq!(list.iter().len(), list.len());
            list.iter().for_each(|item| every(item, left));
            list.hidden().for_each(|entry| every(entry.value(), left));
            assert!(list.get(list.len()).is_none());
        }
        View::Map(map) => {
            for entry in map.all() {
                assert!(map.get_text(entry.name()).is_some());
                every(entry.value(), left);
            }
            assert!(map.entry(map.total()).is_none());
        }
        _ => {}
    }
}
