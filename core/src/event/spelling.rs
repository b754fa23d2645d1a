//! Two spellings of one thing in one document become one, or an error where they disagree.

use std::collections::HashMap;

use super::{
    error::{EventError, Step},
    json::{Json, Name, Object},
};
use crate::packed::Key;

impl<'a> Object<'a> {
    /// Moves a field from its newer name to the page's.
    pub(super) fn unite(&mut self, page: Key, newer: Key) -> Result<(), EventError> {
        if !self.contains(page) {
            self.rename(newer, page);
            return Ok(());
        }
        let (Some(value), Some(place)) = (self.remove(newer), self.get_mut(page)) else {
            return Ok(());
        };
        join(place, value, page.name()).map_err(|error| error.below(Step::Field(newer.name())))
    }

    /// Takes the fields of another object in.
    pub(super) fn join(&mut self, other: Object<'a>) -> Result<(), EventError> {
        let index: HashMap<Name<'a>, usize> =
            self.entries.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
        for (name, value) in other.entries {
            match index.get(&name) {
                Some(at) => join(&mut self.entries[*at].1, value, name.as_str())
                    .map_err(|error| error.below(Step::Field(name.as_str())))?,
                None => self.entries.push((name, value)),
            }
        }
        Ok(())
    }
}

/// What is true, or said at all, in one of them holds.
fn join<'a>(place: &mut Json<'a>, value: Json<'a>, other: &str) -> Result<(), EventError> {
    match (&mut *place, value) {
        (Json::Bool(place), Json::Bool(value)) => *place |= value,
        (Json::Map(place), Json::Map(value)) => place.join(value)?,
        (_, Json::Text(value)) if value.is_empty() => {}
        (Json::Text(text), value) if text.is_empty() => *place = value,
        (place, value) if *place == value => {}
        _ => return Err(EventError::conflict(other)),
    }
    Ok(())
}
