//! The types of the known fields: what fits stays, what says nothing goes, what cannot be read is an error that names its field.

use std::borrow::Cow;

use super::{
    EventType,
    error::{EventError, Step, shown},
    fields::{EVENT, Kind, Shape},
    json::{Json, Name, Object},
    time::{self, Time},
};

/// Checks a whole event.
pub(super) fn event(event: &mut Object<'_>) -> Result<(), EventError> {
    fields(event, &EVENT)
}

fn fields(map: &mut Object<'_>, shape: &Shape) -> Result<(), EventError> {
    let mut absent = false;
    // Documents keep to the table's order, mostly: the search goes on where the last one ended.
    let mut next = 0;
    for (name, value) in &mut map.entries {
        let Name::Known(key) = *name else { continue };
        let (before, after) = shape.fields.split_at(next);
        let Some(at) = after
            .iter()
            .position(|field| field.key == key)
            .map(|at| at + next)
            .or_else(|| before.iter().position(|field| field.key == key))
        else {
            continue;
        };
        next = at + 1;
        let kept = self::value(value, &shape.fields[at].kind)
            .map_err(|error| error.below(Step::Field(key.name())))?;
        if !kept {
            *value = Json::Null;
            absent = true;
        }
    }
    if absent {
        map.entries.retain(|(_, value)| *value != Json::Null);
    }
    Ok(())
}

/// Whether the value stays; `false` for one that means absent.
fn value(value: &mut Json<'_>, kind: &Kind) -> Result<bool, EventError> {
    let expected = match (kind, &mut *value) {
        (_, Json::Null) => return Ok(false),
        (Kind::Any, _)
        | (Kind::Bool, Json::Bool(_))
        | (Kind::Int, Json::Int(_))
        | (Kind::Text | Kind::Words | Kind::PathOr(_), Json::Text(_)) => return Ok(true),
        (Kind::Port, Json::Int(port)) if (0..=65_535).contains(port) => return Ok(true),
        (Kind::Port, Json::Int(port)) => {
            return Err(EventError::field("a port (0 to 65535)", port.to_string()));
        }
        (Kind::Time, Json::Text(text)) => return timestamp(text),
        (Kind::EventType, Json::Text(name)) => {
            return match EventType::from_name(name) {
                Some(_) => Ok(true),
                None => Err(EventError::field(EventType::EXPECTED, quoted(name))),
            };
        }
        (Kind::Map(shape) | Kind::PathOr(shape), Json::Map(map)) => {
            return fields(map, shape).map(|()| true);
        }
        (Kind::Words, Json::List(items)) => return list(items, &Kind::Text),
        (Kind::List(kind), Json::List(items)) => return list(items, kind),
        (Kind::Actions, Json::List(items)) => return list(items, &Kind::Text),
        (Kind::Actions, Json::Map(map)) => {
            return actions(map).map(|()| true);
        }
        (Kind::Bool, _) => "true or false",
        (Kind::Int | Kind::Port, _) => "a whole number",
        (Kind::Text, _) => "text",
        (Kind::Time, _) => "a timestamp",
        (Kind::EventType, _) => EventType::EXPECTED,
        (Kind::Words, _) => "a list or text",
        (Kind::Actions, _) => "a list or an object",
        (Kind::PathOr(_), _) => "a path or an object",
        (Kind::List(_), _) => "a list",
        (Kind::Map(_), _) => "an object",
    };
    Err(EventError::field(expected, value.described()))
}

fn list(items: &mut Vec<Json<'_>>, kind: &Kind) -> Result<bool, EventError> {
    for (index, item) in items.iter_mut().enumerate() {
        if !value(item, kind).map_err(|error| error.below(Step::Item(index)))? {
            *item = Json::Null;
        }
    }
    if !matches!(kind, Kind::Any) {
        items.retain(|item| *item != Json::Null);
    }
    Ok(true)
}

/// The newer spelling: `{actions: […], open: true, …}`.
fn actions(map: &mut Object<'_>) -> Result<(), EventError> {
    fields(map, &super::fields::FILE)?;
    match map.get(crate::packed::Key::ACTIONS) {
        Some(Json::Map(_)) => {
            Err(EventError::field("a list", "an object".to_owned()).below(Step::Field("actions")))
        }
        _ => Ok(()),
    }
}

fn timestamp(text: &mut Cow<'_, str>) -> Result<bool, EventError> {
    match time::read(text) {
        Some(Time::None) => Ok(false),
        Some(Time::At(_)) => {
            *text = time::spelled(std::mem::take(text));
            Ok(true)
        }
        None => Err(EventError::field("a timestamp (RFC 3339)", quoted(text))),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", shown(text))
}
