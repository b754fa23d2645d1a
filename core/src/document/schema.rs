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
    // An entry of a list may join words too; the bare words come first, for editors to offer.
    let words_of = |words: &fn() -> Vec<&'static str>, any_case: bool| {
        let one = alternatives(&words(), any_case);
        // Between bars there may be nothing.
        let joined = format!("^[\\s|]*({one}(\\s*\\|[\\s|]*{one})*)?[\\s|]*$");
        let text = json!({ "anyOf": [
            { "type": "string", "enum": words() },
            { "type": "string", "pattern": joined },
        ] });
        json!({ "anyOf": [{ "type": "array", "items": text }, text] })
    };
    match want {
        Want::Text => json!({ "type": "string" }),
        Want::Time => json!({ "type": "string", "pattern": TIME }),
        Want::Spelling => json!({ "type": ["string", "number"] }),
        // Without quotes, YAML 1.2 reads the old words as text; with quotes they do not load, which no schema can tell.
        Want::Bool => json!({ "anyOf": [
            { "type": "boolean" },
            { "type": "string", "pattern": "^(yes|Yes|YES|no|No|NO|on|On|ON|off|Off|OFF)$" },
        ] }),
        Want::Integer(from, i64::MAX) => json!({ "type": "integer", "minimum": from }),
        Want::Integer(from, to) => json!({ "type": "integer", "minimum": from, "maximum": to }),
        Want::Duration => json!({ "type": "string", "pattern": DURATION }),
        Want::Size => json!({ "type": "string", "pattern": SIZE }),
        Want::OneOf(words) | Want::Known(words) => json!({ "type": "string", "enum": words() }),
        Want::OneOfAnyCase(words) => json!({ "anyOf": [
            { "type": "string", "enum": words() },
            { "type": "string", "pattern": format!("^{}$", alternatives(&words(), true)) },
        ] }),
        Want::Words(words) => words_of(words, false),
        Want::WordsAnyCase(words) => words_of(words, true),
        Want::List(item) => json!({ "type": "array", "items": of(item) }),
        Want::Map(shape) => map(shape),
    }
}

/// From a millisecond to a year, within the digits that a year has in each unit.
const DURATION: &str = "^0*[1-9]([0-9]{0,10}ms|[0-9]{0,7}s|[0-9]{0,5}m|[0-9]{0,3}h)$";
/// From a byte to a TiB, likewise.
const SIZE: &str = "^0*[1-9]([0-9]{0,12}B|[0-9]{0,9}KiB|[0-9]{0,6}MiB|[0-9]{0,3}GiB)$";
/// RFC 3339, 5.6; a space may stand for the `T`.
const TIME: &str = "^[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]+)?([Zz]|[+-][0-9]{2}:[0-9]{2})$";

/// An expression that finds one of the words. ECMA-262, whose syntax JSON Schema takes, has no flag within an expression: both cases of each
/// letter are written out.
fn alternatives(words: &[&str], any_case: bool) -> String {
    let either = |c: char| format!("[{}{}]", c.to_ascii_uppercase(), c.to_ascii_lowercase());
    let letter = |c: char| if c.is_ascii_alphabetic() { either(c) } else { c.to_string() };
    let words = words.iter().map(|word| match any_case {
        true => word.chars().map(letter).collect(),
        false => (*word).to_owned(),
    });
    format!("({})", words.collect::<Vec<String>>().join("|"))
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

#[cfg(test)]
mod tests {
    use regex::Regex;

    use super::{
        super::{field, parse, report::Report, shape::check},
        *,
    };
    use crate::diagnostic::SourceFile;

    fn patterns(schema: &Value, found: &mut Vec<String>) {
        match schema {
            Value::Object(map) => {
                found.extend(map.get("pattern").and_then(Value::as_str).map(str::to_owned));
                map.values().for_each(|value| patterns(value, found));
            }
            Value::Array(items) => items.iter().for_each(|item| patterns(item, found)),
            _ => {}
        }
    }

    fn accepts(want: &Want, text: &str) -> Vec<bool> {
        let mut found = Vec::new();
        patterns(&of(want), &mut found);
        found.iter().map(|pattern| Regex::new(pattern).unwrap().is_match(text)).collect()
    }

    #[test]
    fn words_without_regard_to_case_are_valid_in_every_case() {
        let how = Want::OneOfAnyCase(|| vec!["AND", "OR"]);
        assert_eq!(accepts(&how, "and"), [true]);
        assert_eq!(accepts(&how, "nand"), [false]);
        // In a list, and alone.
        let protocol = Want::WordsAnyCase(|| vec!["tcp", "udp"]);
        assert_eq!(accepts(&protocol, "TCP | udp"), [true, true]);
        assert_eq!(accepts(&protocol, "TCPudp"), [false, false]);
        assert_eq!(accepts(&Want::Words(|| vec!["open"]), "OPEN"), [false, false]);
    }

    /// The schema of a field of each kind says of a plain scalar what the loader says.
    #[test]
    fn the_schema_takes_what_loads() {
        const WORDS: Want = Want::Words(|| vec!["open", "read"]);
        const TIME: Want = Want::Time;
        static SHAPE: Shape = Shape {
            name: "a test",
            one_of: &[],
            fields: &[
                field("words", WORDS, ""),
                field("bool", Want::Bool, ""),
                field("duration", Want::Duration, ""),
                field("size", Want::Size, ""),
            ],
        };
        for (name, text, loads) in [
            ("words", "open", true),
            ("words", "open|", true),
            ("words", "'|open | | read|'", true),
            ("words", "open read", false),
            ("words", "opened", false),
            ("words", "'|'", true),
            ("bool", "yes", true),
            ("bool", "OFF", true),
            ("bool", "yEs", false),
            ("bool", "y", false),
            ("duration", "0s", false),
            ("duration", "000ms", false),
            ("duration", "007s", true),
            ("duration", "1h", true),
            ("duration", "8760h", true),
            ("duration", "87600h", false),
            ("duration", "99999999999999999999s", false),
            ("size", "0B", false),
            ("size", "64MiB", true),
            ("size", "1024GiB", true),
            ("size", "10240GiB", false),
        ] {
            let parsed = parse(&format!("{name}: {text}\n"));
            let file = SourceFile { path: std::path::Path::new("t").into(), text: "".into() };
            let mut report = Report::new(file.into());
            let _ = check(&parsed.documents[0], &SHAPE, &mut report);
            assert_eq!(report.errors() == 0, loads, "{name}: {text}");
            let field = SHAPE.fields.iter().find(|field| field.name == name).unwrap();
            let accepted = accepts(&field.want, text.trim_matches('\''));
            assert!(accepted.iter().all(|accepts| *accepts == loads), "{name}: {text}");
        }
        for (text, loads) in [
            ("2026-11-24T10:15:00Z", true),
            ("2026-11-24 10:15:00.5+01:00", true),
            ("9999-12-31t23:59:60z", true),
            ("2026-11-24T10:15:00", false),
            ("2026-11-24", false),
            ("yesterday", false),
        ] {
            assert_eq!(accepts(&TIME, text), [loads], "{text}");
            assert_eq!(crate::event::time::instant(text).is_some(), loads, "{text}");
        }
    }
}
