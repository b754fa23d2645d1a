//! A detection: a recipe that fired on an event.

use std::sync::Arc;

use crate::{event::Event, packed::Packed, recipe::Recipe};

/// A recipe that fired on an event, and what its reactions see of it.
#[derive(Debug, Clone)]
pub struct Detection {
    /// The event as received.
    pub event: Arc<Event>,
    /// The recipe.
    pub recipe: Arc<Recipe>,
    /// The recipe's place in the loaded set: files in path order, recipes in file order.
    pub recipe_index: usize,
    /// `data`: the event with `metadata` and `base`, and the accumulated set in `file.actions`.
    pub data: Arc<Packed>,
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;
    use crate::{
        event::{ActionSet, EventType, FlagSet, Identity},
        recipe::tests::reaction,
    };

    /// A detection of such a recipe on an event of this JSON, taken as it stands.
    pub(crate) fn detection(json: &str) -> Detection {
        let json: serde_json::Value = serde_json::from_str(json).unwrap();
        let packed = Packed::of(&json.into());
        let event = Event {
            packed: packed.clone(),
            event_type: EventType::Execution,
            uuid: Some("u".to_owned()),
            timestamp: None,
            number: 1,
            process: Identity::default(),
            actions: ActionSet::EMPTY,
            flags: FlagSet::EMPTY,
            local: None,
            remote: None,
            protocol: None,
        };
        Detection {
            event: event.into(),
            recipe: Recipe::of_reaction("test", reaction("")).into(),
            recipe_index: 0,
            data: packed.into(),
        }
    }
}
