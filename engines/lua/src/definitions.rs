//! The helpers and `data` as annotations that LuaLS and EmmyLua read (`---@meta`), from which editors complete and check Lua.

use std::fmt::Write;

use reactant_core::{
    engine::{Definitions, Reference},
    event::FieldType,
    helper::{HelperSpec, Param, ParamKind, Returns},
    value::Value,
};

const HEAD: &str = "\
---@meta
-- What a Reactant reaction finds beside the language itself. Put this file into the folder of the reactions.

---The kind of the recipe; the event's type is `data.event_type`.
---@type string
kind = nil
---The name of the recipe.
---@type string
name = nil
---The event's uuid.
---@type string
uuid = nil
---The event; also the argument of `process`.
---@type reactant.event
data = nil

---@class reactant.json
json = {}
---Gives a value as JSON text.
---@param value any
---@param indent? integer Spaces for each level; one line without it
---@return string
function json.encode(value, indent) end
---Reads JSON text.
---@param text string
---@return any
function json.decode(text) end
";

/// Writes them.
pub(crate) fn definitions(reference: &Reference<'_>) -> Definitions {
    let mut text = HEAD.to_owned();
    for helper in &reference.helpers {
        declare(&mut text, helper);
    }
    for object in &reference.objects {
        let _ = writeln!(text, "\n---@class reactant.{}", object.name);
        for field in &object.fields {
            let summary = line(field.summary);
            let _ = writeln!(text, "---@field {}? {} {summary}.", field.name, holds(&field.holds));
        }
        text.push_str("---@field [string] any\n");
    }
    Definitions { format: "luals", text }
}

/// The call with the most arguments is the function, the others are its overloads; what may be left out at the end needs none.
fn declare(text: &mut String, helper: &HelperSpec) {
    let calls = helper.calls();
    let trailing = helper.params.iter().rev().take_while(|param| !param.required).count();
    let overloads = if calls.len() == trailing + 1 { &[][..] } else { &calls[1..] };
    let main = if overloads.is_empty() { calls.last() } else { calls.first() };
    let main = main.map(Vec::as_slice).unwrap_or_default();
    let returns = returns(helper);
    let _ = writeln!(text, "\n---{}", line(&helper.summary));
    for param in main {
        let mark = if param.required { "" } else { "?" };
        let _ = writeln!(text, "---@param {}{mark} {}", param.name, takes(param.kind));
    }
    if let Some(returns) = &returns {
        let _ = writeln!(text, "---@return {returns}");
    }
    for call in overloads {
        let params = call.iter().map(|param| format!("{}: {}", param.name, takes(param.kind)));
        let returns = returns.as_ref().map_or(String::new(), |returns| format!(": {returns}"));
        let params = params.collect::<Vec<_>>().join(", ");
        let _ = writeln!(text, "---@overload fun({params}){returns}");
    }
    let names: Vec<&str> = main.iter().map(|param: &&Param| param.name).collect();
    let _ = writeln!(text, "function {}({}) end", helper.name, names.join(", "));
}

/// Beside its own type a parameter takes what the host converts.
fn takes(kind: ParamKind) -> &'static str {
    match kind {
        ParamKind::Text => "string|number|boolean",
        ParamKind::Number | ParamKind::Integer => "number|string",
        ParamKind::Bool => "boolean",
        _ => "any",
    }
}

fn returns(helper: &HelperSpec) -> Option<String> {
    let one = |returns: &Returns| match returns {
        Returns::Nothing => None,
        Returns::Number => Some("number"),
        Returns::Status => Some("-1|0|1"),
        Returns::Done => Some("-1|0"),
        Returns::Text => Some("string"),
        Returns::Bool => Some("boolean"),
        _ => Some("any"),
    };
    let whole = match &helper.returns {
        Returns::Record(fields) => {
            let fields = fields
                .iter()
                .map(|(name, holds)| format!("{name}: {}", one(holds).unwrap_or("nil")));
            Some(format!("{{{}}}", fields.collect::<Vec<_>>().join(", ")))
        }
        other => one(other).map(str::to_owned),
    };
    whole.map(|whole| match helper.failure == Value::Null {
        true => format!("{whole}|nil"),
        false => whole,
    })
}

fn holds(holds: &FieldType) -> String {
    match holds {
        FieldType::Bool => "boolean".to_owned(),
        FieldType::Int => "integer".to_owned(),
        FieldType::Text => "string".to_owned(),
        FieldType::List(item) => format!("{}[]", self::holds(item)),
        FieldType::Object(name) => format!("reactant.{name}"),
        _ => "any".to_owned(),
    }
}

/// A text on one line of a comment.
fn line(text: &str) -> String {
    text.replace('\n', " ")
}
