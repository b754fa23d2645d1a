//! The JSON Schema of an event, from the table of fields.

use serde_json::{Map, Value, json};

use super::{
    Action, EventType,
    fields::{EVENT, Kind, Shape},
};

/// The JSON Schema (draft 2020-12) of a line of a recording that is an event, the tolerated spellings included.
#[must_use]
pub fn schema() -> Value {
    let mut shapes = Map::new();
    let mut root = shape(&EVENT, &mut shapes);
    root["$schema"] = json!("https://json-schema.org/draft/2020-12/schema");
    root["title"] = json!("Reactant event");
    root["description"] = json!("What the kernel saw. Fields that are not named here are kept.");
    root["anyOf"] = json!([
        {"required": ["file"]},
        {"required": ["flow"]},
        {"properties": {"event_type": {"const": "execution"}}, "required": ["event_type"]},
    ]);
    root["$defs"] = Value::Object(shapes);
    root
}

fn shape(shape: &Shape, shapes: &mut Map<String, Value>) -> Value {
    let mut properties = Map::new();
    for field in shape.fields {
        let mut property = kind(&field.kind, shapes);
        property["description"] = json!(field.doc);
        properties.insert(field.key.name().to_owned(), property);
    }
    json!({"type": "object", "properties": properties})
}

/// `null` is allowed everywhere: it means absent.
fn kind(kind: &Kind, shapes: &mut Map<String, Value>) -> Value {
    match kind {
        Kind::Any => json!({}),
        Kind::Bool => json!({"type": ["boolean", "null"]}),
        Kind::Int => json!({"type": ["integer", "null"]}),
        Kind::Port => json!({"type": ["integer", "null"], "minimum": 0, "maximum": 65_535}),
        Kind::Text => json!({"type": ["string", "null"]}),
        Kind::Time => json!({
            "type": ["string", "null"],
            "pattern": concat!(
                r"^$|^[Rr][Uu][Nn][Nn][Ii][Nn][Gg]$",
                r"|^\d{4}-\d\d-\d\d[Tt ]\d\d:\d\d:\d\d(\.\d+)?([Zz]|[+-]\d\d:\d\d)?$",
            ),
        }),
        Kind::EventType => {
            let mut names: Vec<Value> =
                EventType::ALL.iter().map(|event_type| json!(event_type.name())).collect();
            names.push(Value::Null);
            json!({"enum": names})
        }
        Kind::Words => json!({
            "anyOf": [
                {"type": ["string", "null"]},
                {"type": "array", "items": {"type": ["string", "null"]}},
            ],
        }),
        Kind::Actions => {
            let examples: Vec<&str> = Action::ALL.iter().map(|action| action.name()).collect();
            json!({
                "anyOf": [
                    {"type": "array", "items": {"type": ["string", "null"], "examples": examples}},
                    {"type": ["object", "null"]},
                ],
            })
        }
        Kind::PathOr(shape) => json!({
            "anyOf": [{"type": ["string", "null"]}, reference(shape, shapes)],
        }),
        Kind::List(item) => {
            json!({"type": ["array", "null"], "items": self::kind(item, shapes)})
        }
        Kind::Map(shape) => json!({"anyOf": [reference(shape, shapes), {"type": "null"}]}),
    }
}

fn reference(shape: &'static Shape, shapes: &mut Map<String, Value>) -> Value {
    if !shapes.contains_key(shape.name) {
        // The place is taken before it is filled: a directory holds directories.
        shapes.insert(shape.name.to_owned(), Value::Null);
        let definition = self::shape(shape, shapes);
        shapes.insert(shape.name.to_owned(), definition);
    }
    json!({"$ref": format!("#/$defs/{}", shape.name)})
}
