//! The objects of `data` by name, from the table of fields: for documents and editors.

use super::fields::{EVENT, Kind, Shape};

/// What a field of `data` holds, as a reaction sees it. Any field may be absent.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum FieldType {
    /// Anything.
    Any,
    /// A truth value.
    Bool,
    /// A whole number.
    Int,
    /// Text.
    Text,
    /// A list.
    List(Box<FieldType>),
    /// An object, by the name of its type.
    Object(&'static str),
}

/// A field of an object.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectField {
    /// Its name.
    pub name: &'static str,
    /// What it holds.
    pub holds: FieldType,
    /// What it means, in a line.
    pub summary: &'static str,
}

/// An object within `data`. Others than its named fields may stand beside them.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct ObjectType {
    /// Names the type, in lower case and with underscores: `process`, `file_metadata`.
    pub name: &'static str,
    /// Its fields, in the page's order.
    pub fields: Vec<ObjectField>,
}

/// The types of all objects that `data` is made of; the first, `event`, is that of `data` itself.
#[must_use]
pub fn objects() -> Vec<ObjectType> {
    let mut objects = Vec::new();
    let mut wanted = vec![&EVENT];
    let mut at = 0;
    while let Some(shape) = wanted.get(at).copied() {
        let field = |field: &super::fields::Field| ObjectField {
            name: field.key.name(),
            holds: holds(&field.kind),
            summary: field.doc,
        };
        objects.push(ObjectType {
            name: shape.name,
            fields: shape.fields.iter().map(field).collect(),
        });
        for shape in shape.fields.iter().filter_map(|field| shape_of(&field.kind)) {
            if !wanted.iter().any(|known| known.name == shape.name) {
                wanted.push(shape);
            }
        }
        at += 1;
    }
    objects
}

/// What is left of the tolerated spellings when a reaction sees the field.
fn holds(kind: &Kind) -> FieldType {
    match kind {
        Kind::Any => FieldType::Any,
        Kind::Bool => FieldType::Bool,
        Kind::Int | Kind::Port => FieldType::Int,
        Kind::Text | Kind::Time | Kind::EventType => FieldType::Text,
        Kind::Words | Kind::Actions => FieldType::List(Box::new(FieldType::Text)),
        Kind::PathOr(shape) | Kind::Map(shape) => FieldType::Object(shape.name),
        Kind::List(item) => FieldType::List(Box::new(holds(item))),
    }
}

fn shape_of(kind: &Kind) -> Option<&'static Shape> {
    match kind {
        Kind::PathOr(shape) | Kind::Map(shape) => Some(shape),
        Kind::List(item) => shape_of(item),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_object_that_a_field_names_is_described_once() {
        let objects = objects();
        assert_eq!(objects[0].name, "event");
        for field in objects.iter().flat_map(|object| &object.fields) {
            let mut holds = &field.holds;
            while let FieldType::List(item) = holds {
                holds = item;
            }
            if let FieldType::Object(name) = holds {
                let count = objects.iter().filter(|object| object.name == *name).count();
                assert_eq!(count, 1, "{name}");
            }
        }
    }
}
