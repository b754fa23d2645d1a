//! A line of an export, as `data import` reads it: whoever wrote it by hand is told what is wrong with it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use reactant_core::recipe::is_name;
use reactant_helpers::store::{Content, Dump, DumpEntry};
use serde_json::{Map, Value};

/// What a line looks like.
const FORM: &str = r#"`{"recipe": NAME, "data": {"keys": {KEY: {"text": TEXT} or {"list": [TEXT, …]}, …}, "list": [TEXT, …]}}`"#;

/// The recipe's name and what it keeps.
pub(super) fn parse(line: &str) -> Result<(String, Dump), String> {
    let json = serde_json::from_str(line).map_err(|error| format!("this is not JSON: {error}"))?;
    let Value::Object(mut line) = json else {
        return Err(format!("expected {FORM}, got {}", described(&json)));
    };
    let recipe = match line.remove("recipe") {
        Some(Value::String(name)) if is_name(&name) => name,
        Some(Value::String(name)) => return Err(format!("no recipe can be named `{name}`")),
        other => return Err(expected("`recipe`", "a recipe's name", other.as_ref())),
    };
    let of = format!("recipe `{recipe}`");
    let mut data = match line.remove("data") {
        Some(Value::Object(data)) => data,
        other => return Err(expected(&format!("{of}: `data`"), "an object", other.as_ref())),
    };
    nothing_else(&line, "the line")?;
    let mut dump = Dump::default();
    match data.remove("keys") {
        None => {}
        Some(Value::Object(keys)) => dump.keys = entries(keys, &of)?,
        other => return Err(expected(&format!("{of}: `keys`"), "an object", other.as_ref())),
    }
    if let Some(list) = data.remove("list") {
        dump.list = texts(list, &format!("{of}: `list`"))?;
    }
    nothing_else(&data, &format!("{of}: `data`"))?;
    Ok((recipe, dump))
}

fn entries(keys: Map<String, Value>, of: &str) -> Result<BTreeMap<String, DumpEntry>, String> {
    let entry = |(key, value): (String, Value)| {
        let of = format!("{of}, key `{key}`");
        let Value::Object(mut entry) = value else {
            return Err(expected(&of, r#"`{"text": …}` or `{"list": […]}`"#, Some(&value)));
        };
        let content = match (entry.remove("text"), entry.remove("list")) {
            (Some(Value::String(text)), None) => Content::Text(text),
            (None, Some(list)) => Content::List(texts(list, &format!("{of}: `list`"))?),
            (None, None) => return Err(format!("{of}: it has neither `text` nor `list`")),
            (Some(_), Some(_)) => return Err(format!("{of}: it has both `text` and `list`")),
            (other, None) => {
                return Err(expected(&format!("{of}: `text`"), "text", other.as_ref()));
            }
        };
        let expires = match entry.remove("expires") {
            None | Some(Value::Null) => None,
            Some(Value::String(time)) => Some(time.parse::<Timestamp>().map_err(|_| {
                format!("{of}: `expires`: expected a time (RFC 3339), got `{time}`")
            })?),
            other => {
                let what = format!("{of}: `expires`");
                return Err(expected(&what, "a time (RFC 3339)", other.as_ref()));
            }
        };
        nothing_else(&entry, &of)?;
        Ok((key, DumpEntry { content, expires }))
    };
    keys.into_iter().map(entry).collect()
}

fn texts(list: Value, what: &str) -> Result<Vec<String>, String> {
    let Value::Array(items) = list else {
        return Err(expected(what, "a list of texts", Some(&list)));
    };
    let text = |item| match item {
        Value::String(text) => Ok(text),
        other => Err(expected(what, "a list of texts", Some(&other))),
    };
    items.into_iter().map(text).collect()
}

fn nothing_else(map: &Map<String, Value>, what: &str) -> Result<(), String> {
    match map.keys().next() {
        None => Ok(()),
        Some(key) => Err(format!("{what}: there is no field `{key}` in an export")),
    }
}

fn expected(what: &str, wants: &str, got: Option<&Value>) -> String {
    format!("{what}: expected {wants}, got {}", got.map_or("nothing", described))
}

fn described(json: &Value) -> &'static str {
    match json {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "text",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_wrong_is_told_with_recipe_and_key() {
        for (line, told) in [
            (
                r#"{"recipe":"a","data":{"keys":{"k":5}}}"#,
                r#"recipe `a`, key `k`: expected `{"text": …}` or `{"list": […]}`, got a number"#,
            ),
            (
                r#"{"recipe":"a","data":{"keys":{"k":{"text":"v","list":[]}}}}"#,
                "recipe `a`, key `k`: it has both `text` and `list`",
            ),
            (
                r#"{"recipe":"a","data":{"keys":{"k":{}}}}"#,
                "recipe `a`, key `k`: it has neither `text` nor `list`",
            ),
            (
                r#"{"recipe":"a","data":{"keys":{"k":{"text":1}}}}"#,
                "recipe `a`, key `k`: `text`: expected text, got a number",
            ),
            (
                r#"{"recipe":"a","data":{"keys":{"k":{"list":[1]}}}}"#,
                "recipe `a`, key `k`: `list`: expected a list of texts, got a number",
            ),
            (
                r#"{"recipe":"a","data":{"keys":{"k":{"text":"v","expires":"soon"}}}}"#,
                "recipe `a`, key `k`: `expires`: expected a time (RFC 3339), got `soon`",
            ),
            (
                r#"{"recipe":"a","data":{"keys":{"k":{"text":"v","ttl":1}}}}"#,
                "recipe `a`, key `k`: there is no field `ttl` in an export",
            ),
            (
                r#"{"recipe":"a","data":{"keys":[]}}"#,
                "recipe `a`: `keys`: expected an object, got a list",
            ),
            (
                r#"{"recipe":"a","data":{"more":1}}"#,
                "recipe `a`: `data`: there is no field `more` in an export",
            ),
            (r#"{"recipe":"a"}"#, "recipe `a`: `data`: expected an object, got nothing"),
            (r#"{"recipe":"a","data":{},"x":1}"#, "the line: there is no field `x` in an export"),
            (r#"{"recipe":"","data":{}}"#, "no recipe can be named ``"),
            (r#"{"recipe":"a\nb","data":{}}"#, "no recipe can be named `a\nb`"),
            (r#"{"recipe":5}"#, "`recipe`: expected a recipe's name, got a number"),
        ] {
            assert_eq!(parse(line).unwrap_err(), told);
        }
        assert_eq!(parse("[]").unwrap_err(), format!("expected {FORM}, got a list"));
        assert!(parse("nonsense").unwrap_err().starts_with("this is not JSON: "));
    }
}
