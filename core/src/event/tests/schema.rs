//! The JSON Schema, judged by a validator of the few keywords that it uses.

use proptest::prelude::*;
use regex::Regex;
use serde_json::json;

use super::*;

/// Whether a value is valid. A keyword that is not known here panics: it would be a rule that is not tested.
fn valid(value: &Js, schema: &Js, root: &Js) -> bool {
    schema.as_object().unwrap().iter().all(|(keyword, rule)| match keyword.as_str() {
        "$schema" | "title" | "description" | "$defs" | "examples" => true,
        "type" => match rule {
            Js::Array(types) => types.iter().any(|name| is(value, name)),
            name => is(value, name),
        },
        "enum" => rule.as_array().unwrap().contains(value),
        "const" => rule == value,
        "minimum" => value.as_f64().is_none_or(|value| value >= rule.as_f64().unwrap()),
        "maximum" => value.as_f64().is_none_or(|value| value <= rule.as_f64().unwrap()),
        "pattern" => value
            .as_str()
            .is_none_or(|text| Regex::new(rule.as_str().unwrap()).unwrap().is_match(text)),
        "required" => value.as_object().is_none_or(|map| {
            rule.as_array().unwrap().iter().all(|name| map.contains_key(name.as_str().unwrap()))
        }),
        "properties" => value.as_object().is_none_or(|map| {
            rule.as_object()
                .unwrap()
                .iter()
                .all(|(name, schema)| map.get(name).is_none_or(|value| valid(value, schema, root)))
        }),
        "items" => {
            value.as_array().is_none_or(|items| items.iter().all(|item| valid(item, rule, root)))
        }
        "anyOf" => rule.as_array().unwrap().iter().any(|schema| valid(value, schema, root)),
        "$ref" => {
            let pointer = rule.as_str().unwrap().strip_prefix('#').unwrap();
            valid(value, root.pointer(pointer).unwrap(), root)
        }
        other => panic!("{other}"),
    })
}

fn is(value: &Js, name: &Js) -> bool {
    match name.as_str().unwrap() {
        "null" => value.is_null(),
        "boolean" => value.is_boolean(),
        "integer" => value.as_f64().is_some_and(|number| number.fract() == 0.0),
        "string" => value.is_string(),
        "array" => value.is_array(),
        "object" => value.is_object(),
        other => panic!("{other}"),
    }
}

fn accepts(value: &Js) -> bool {
    let schema = schema();
    valid(value, &schema, &schema)
}

#[test]
fn the_schema_knows_every_field_of_the_page() {
    fn named(value: &Js, schema: &Js, root: &Js, path: &str) {
        let schema = match schema.get("anyOf").and_then(|any| any[0].get("$ref")) {
            Some(reference) => root.pointer(&reference.as_str().unwrap()[1..]).unwrap(),
            None => schema,
        };
        let below = |value, schema, path: String| named(value, schema, root, &path);
        match value {
            Js::Object(map) => {
                for (name, value) in map {
                    let path = format!("{path}.{name}");
                    let known = schema["properties"].get(name);
                    let known = known.unwrap_or_else(|| panic!("{path} is not in the schema"));
                    assert_ne!(known["description"], Js::Null, "{path}");
                    below(value, known, path);
                }
            }
            Js::Array(items) => {
                // A file of `background.files` has fields of its own choice; lists of texts end here.
                let inner = schema.get("items").filter(|_| !path.ends_with(".files"));
                for item in items.iter().filter(|item| item.is_object()) {
                    if let Some(inner) = inner {
                        below(item, inner, format!("{path}[]"));
                    }
                }
            }
            _ => {}
        }
    }
    let (page, schema) = (serde_json::from_str(PAGE).unwrap(), schema());
    assert!(valid(&page, &schema, &schema));
    named(&page, &schema, &schema, "data");
}

#[test]
fn the_schema_accepts_the_tolerated_forms() {
    for event in [
        json!({"file": {"path": "/x", "actions": {"actions": ["open"], "exec": true}}}),
        json!({"file": {"file": "/x", "seek": true}, "process": {"args": "a b", "exit": null, "start": "Running"}}),
        json!({"flow": {"proto": "TCP", "properties": {}, "settings": {}}, "timestamp": "2026-11-24 10:15:00.5"}),
        json!({"flow": {}, "background": {"flow_list": [{}], "file_list": ["/x", {"path": "/y"}]}}),
        json!({"event_type": "execution", "own": [1, {"x": null}]}),
    ] {
        assert!(accepts(&event), "{event}");
        loaded(&event.to_string());
    }
}

#[test]
fn the_schema_refuses_what_does_not_load() {
    for event in [
        json!({}),
        json!([]),
        json!({"event_type": "file_access"}),
        json!({"event_type": "drop", "flow": {}}),
        json!({"flow": {"remote": {"port": 65_536}}}),
        json!({"flow": {}, "process": {"pid": "12"}}),
        json!({"flow": {}, "process": {"pid": 1.5}}),
        json!({"flow": {}, "timestamp": "soon"}),
        json!({"flow": {}, "process": {"args": [1]}}),
        json!({"flow": {}, "background": {"ancestry": [{"envs": {}}]}}),
        json!({"file": {"file": "/x", "actions": "open"}}),
        json!({"flow": {}, "background": {"files": {"root": {"dirs": [{"dirs": [{"path": 1}]}]}}}}),
    ] {
        assert!(!accepts(&event), "{event}");
        fault(&event.to_string());
    }
}

proptest! {
    /// Whatever loads is valid, with any value in any place.
    #[test]
    fn what_loads_is_valid(at in 0usize..220, value in super::properties::json_values()) {
        let mut page: Js = serde_json::from_str(PAGE).unwrap();
        super::properties::replaced(&mut page, at, &value);
        if Line::parse(page.to_string().as_bytes(), 1).is_ok() {
            prop_assert!(accepts(&page), "{}", page);
        }
    }
}
