//! The helpers and `data` in Rhai's own form of definitions (`.d.rhai`), from which editors complete Rhai.

use std::fmt::Write;

use reactant_core::{
    engine::{Definitions, Reference},
    helper::{HelperSpec, ParamKind, Returns},
    value::Value,
};

const HEAD: &str = "\
module static;

/// The kind of the recipe; the event's type is `data.event_type`.
const kind: string;

/// The name of the recipe.
const name: string;

/// The event's uuid.
const uuid: string;

/// The event; also the argument of `process`.
let data: map;

/// Gives a value as JSON text.
fn to_json(value: ?) -> string;

/// Reads JSON text.
fn parse_json(text: string) -> ?;
";

/// Writes them.
pub(crate) fn definitions(reference: &Reference<'_>) -> Definitions {
    let mut text = HEAD.to_owned();
    for helper in &reference.helpers {
        for call in helper.calls() {
            let _ = writeln!(text, "\n/// {}", helper.summary.replace('\n', " "));
            // Each number of arguments is a function of its own there; what the host converts, any type may be.
            let params = call.iter().map(|param| format!("{}: {}", param.name, takes(param.kind)));
            let params = params.collect::<Vec<_>>().join(", ");
            let _ = writeln!(text, "fn {}({params}){};", helper.name, returns(helper));
        }
    }
    Definitions { format: "rhai", text }
}

fn takes(kind: ParamKind) -> &'static str {
    match kind {
        ParamKind::Bool => "bool",
        _ => "?",
    }
}

fn returns(helper: &HelperSpec) -> &'static str {
    if helper.failure == Value::Null && helper.returns != Returns::Nothing {
        return " -> ?";
    }
    match helper.returns {
        Returns::Nothing => " -> ()",
        Returns::Number | Returns::Status | Returns::Done => " -> int",
        Returns::Text => " -> string",
        Returns::Bool => " -> bool",
        _ => " -> ?",
    }
}
