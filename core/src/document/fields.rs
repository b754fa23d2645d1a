//! The fields of a map that was checked: what does not fit its shape was reported, and reads as absent.

use std::time::Duration;

use super::{
    node::{Entry, Kind, Node, Resolved},
    shape::{Shape, old_bool, split},
    suggest::suggest,
};
use crate::units;

/// Access to a map's fields by their names, other spellings included.
#[derive(Clone, Copy)]
pub(crate) struct Fields<'n> {
    entries: &'n [Entry],
    shape: &'static Shape,
}

impl<'n> Fields<'n> {
    pub(super) fn new(entries: &'n [Entry], shape: &'static Shape) -> Fields<'n> {
        Fields { entries, shape }
    }

    /// The fields of a map below one that was checked.
    pub(crate) fn of(node: &'n Node, shape: &'static Shape) -> Option<Fields<'n>> {
        match &node.kind {
            Kind::Map(entries) => Some(Fields { entries, shape }),
            _ => None,
        }
    }

    /// A field that is given and not null.
    pub(crate) fn entry(&self, name: &str) -> Option<&'n Entry> {
        let field = self.shape.fields.iter().find(|field| field.name == name);
        debug_assert!(field.is_some(), "the shape of {} lacks `{name}`", self.shape.name);
        let field = field?;
        self.entries.iter().find(|entry| field.is_named(&entry.key) && !entry.value.is_null())
    }

    /// Whether one of these fields, or a key that may have been meant for one, was reported already.
    pub(crate) fn are_broken(&self, names: &[&str]) -> bool {
        self.entries.iter().any(|entry| {
            let field = self.shape.fields.iter().find(|field| field.is_named(&entry.key));
            match field {
                Some(field) => names.contains(&field.name) && entry.value.is_broken(),
                None => suggest(&entry.key, names.iter().copied()).is_some(),
            }
        })
    }

    pub(crate) fn node(&self, name: &str) -> Option<&'n Node> {
        self.entry(name).map(|entry| &entry.value)
    }

    pub(crate) fn has(&self, name: &str) -> bool {
        self.entry(name).is_some()
    }

    pub(crate) fn text(&self, name: &str) -> Option<&'n str> {
        self.node(name)?.text()
    }

    /// A text or number as it is spelt.
    pub(crate) fn spelling(&self, name: &str) -> Option<&'n str> {
        let scalar = self.node(name)?.scalar()?;
        match scalar.resolve() {
            Resolved::Text(_) | Resolved::Int(_) | Resolved::Float => Some(&scalar.text),
            Resolved::Null | Resolved::Bool(_) => None,
        }
    }

    pub(crate) fn bool(&self, name: &str) -> Option<bool> {
        let scalar = self.node(name)?.scalar()?;
        match scalar.resolve() {
            Resolved::Bool(value) => Some(value),
            _ => old_bool(scalar),
        }
    }

    pub(crate) fn integer(&self, name: &str) -> Option<i64> {
        self.node(name)?.integer()
    }

    pub(crate) fn duration(&self, name: &str) -> Option<Duration> {
        units::parse_duration(self.text(name)?).ok()
    }

    pub(crate) fn size(&self, name: &str) -> Option<usize> {
        units::parse_size(self.text(name)?).ok()
    }

    /// The items of a list.
    pub(crate) fn items(&self, name: &str) -> &'n [Node] {
        self.node(name).map(Node::items).unwrap_or_default()
    }

    /// The texts of a list, each with its node.
    pub(crate) fn texts(&self, name: &str) -> impl Iterator<Item = (&'n Node, &'n str)> {
        self.items(name).iter().filter_map(|item| Some((item, item.text()?)))
    }

    /// The words of a field that takes one or more of them, each with its node.
    pub(crate) fn words(&self, name: &str) -> impl Iterator<Item = (&'n Node, &'n str)> {
        let nodes = match self.node(name) {
            Some(Node { kind: Kind::List(items), .. }) => items.as_slice(),
            Some(node) => std::slice::from_ref(node),
            None => &[],
        };
        nodes
            .iter()
            .flat_map(|node| node.text().into_iter().flat_map(split).map(move |word| (node, word)))
    }
}
