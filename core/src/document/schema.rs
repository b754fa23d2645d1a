//! Tables of fields as JSON Schema (draft 2020-12).

use serde_json::{Map, Value, json};

use super::shape::{Field, Shape, Want};

/// The schema of a document that is `root`.
pub(crate) fn schema(title: &str, root: &Want) -> Value {
    let mut schema = of(root);
    if let Some(map) = schema.as_object_mut() {
        map.shift_insert(
            0,
            "$schema".into(),
            "https://json-schema.org/draft/2020-12/schema".into(),
        );
        map.shift_insert(1, "title".into(), title.into());
    }
    schema
}

fn of(want: &Want) -> Value {
    let words_of = |words: &fn() -> Vec<&'static str>| {
        let item = json!({ "type": "string", "enum": words() });
        let joined = format!("^ *({0})( *\\| *({0}))* *$", words().join("|"));
        json!({ "anyOf": [
            { "type": "array", "items": item },
            { "type": "string", "pattern": joined },
        ] })
    };
    match want {
        Want::Text => json!({ "type": "string" }),
        Want::Format(format) => json!({ "type": "string", "format": format }),
        Want::Spelling => json!({ "type": ["string", "number"] }),
        Want::Bool => json!({ "type": "boolean" }),
        Want::Integer(from, i64::MAX) => json!({ "type": "integer", "minimum": from }),
        Want::Integer(from, to) => json!({ "type": "integer", "minimum": from, "maximum": to }),
        Want::Duration => json!({ "type": "string", "pattern": "^[0-9]+(ms|s|m|h)$" }),
        Want::Size => json!({ "type": "string", "pattern": "^[0-9]+(B|KiB|MiB|GiB)$" }),
        Want::OneOf(words) | Want::OneOfAnyCase(words) | Want::Known(words) => {
            json!({ "type": "string", "enum": words() })
        }
        Want::Words(words) | Want::WordsAnyCase(words) => words_of(words),
        Want::List(item) => json!({ "type": "array", "items": of(item) }),
        Want::Map(shape) => map(shape),
    }
}

fn map(shape: &Shape) -> Value {
    let mut properties = Map::new();
    for field in shape.fields {
        properties.insert(field.name.to_owned(), property(field, field.about.to_owned()));
        for alias in field.aliases {
            let about = format!("the same as `{}`", field.name);
            properties.insert((*alias).to_owned(), property(field, about));
        }
    }
    let mut schema = json!({
        "type": "object",
        "properties": properties,
        "additionalProperties": false,
    });
    let required: Vec<_> =
        shape.fields.iter().filter(|field| field.required).map(|field| field.name).collect();
    if !required.is_empty() {
        schema["required"] = required.into();
    }
    if !shape.one_of.is_empty() {
        schema["oneOf"] = shape.one_of.iter().map(|name| json!({ "required": [name] })).collect();
    }
    schema
}

/// The schema of one field; a null is as good as leaving an optional one out.
fn property(field: &Field, about: String) -> Value {
    let want = of(&field.want);
    let mut schema =
        if field.required { want } else { json!({ "anyOf": [want, { "type": "null" }] }) };
    if let Some(map) = schema.as_object_mut() {
        map.shift_insert(0, "description".into(), about.into());
    }
    schema
}
