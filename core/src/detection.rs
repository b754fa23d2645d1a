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
