//! The helpers and `data` as TypeScript declarations, from which editors complete and check JavaScript.

use std::fmt::Write;

use reactant_core::{
    engine::{Definitions, Reference},
    event::FieldType,
    helper::{HelperSpec, ParamKind, Returns},
    value::Value,
};

const HEAD: &str = "\
// What a Reactant reaction finds beside the language itself. Put this file beside the reactions, and a jsconfig.json:
//   {\"compilerOptions\": {\"checkJs\": true, \"target\": \"es2023\", \"lib\": [\"es2023\"], \"types\": []}}

/** The kind of the recipe; the event's type is `data.event_type`. */
declare var kind: string;
/** The name of the recipe. */
declare var name: string;
/** The event's uuid. */
declare var uuid: string;
/** The event; also the argument of `process`. */
declare var data: Reactant.Event;
";

/// Globals of the language that a helper may share its name with: a call is one more way to use them.
const SHARED: [(&str, &str); 1] = [("Error", "ErrorConstructor")];

/// Writes them.
pub(crate) fn definitions(reference: &Reference<'_>) -> Definitions {
    let mut text = HEAD.to_owned();
    for helper in &reference.helpers {
        declare(&mut text, helper);
    }
    text.push_str("\ndeclare namespace Reactant {\n");
    for object in &reference.objects {
        let _ = writeln!(text, "  interface {} {{", pascal(object.name));
        for field in &object.fields {
            let _ = writeln!(text, "    /** {}. */", comment(field.summary));
            let _ = writeln!(text, "    {}?: {};", field.name, holds(&field.holds));
        }
        text.push_str("    [other: string]: any;\n  }\n");
    }
    text.push_str("}\n");
    Definitions { format: "d.ts", text }
}

fn declare(text: &mut String, helper: &HelperSpec) {
    let shared = SHARED.iter().find(|(name, _)| *name == helper.name);
    let _ = writeln!(text, "\n/** {} */", comment(&helper.summary));
    if let Some((_, interface)) = shared {
        let _ = writeln!(text, "interface {interface} {{");
    }
    // Each number of arguments is an overload; what may be left out at the end needs none of its own.
    let calls = helper.calls();
    let trailing = helper.params.iter().rev().take_while(|param| !param.required).count();
    let last = if calls.len() == trailing + 1 { trailing } else { 0 };
    for call in calls.iter().skip(last) {
        let params = call.iter().enumerate().map(|(at, param)| {
            let mark = if at + last >= call.len() { "?" } else { "" };
            format!("{}{mark}: {}", param.name, takes(param.kind))
        });
        let params = params.collect::<Vec<_>>().join(", ");
        let returns = returns(helper);
        let _ = match shared {
            Some(_) => writeln!(text, "  ({params}): {returns};"),
            None => writeln!(text, "declare function {}({params}): {returns};", helper.name),
        };
    }
    if shared.is_some() {
        text.push_str("}\n");
    }
}

/// Beside its own type a parameter takes what the host converts.
fn takes(kind: ParamKind) -> &'static str {
    match kind {
        ParamKind::Text => "string | number | boolean",
        ParamKind::Number | ParamKind::Integer => "number | string",
        ParamKind::Bool => "boolean",
        _ => "any",
    }
}

fn returns(helper: &HelperSpec) -> String {
    let one = |returns: &Returns| match returns {
        Returns::Nothing => "void",
        Returns::Number => "number",
        Returns::Done => "-1 | 0",
        Returns::Status => "-1 | 0 | 1",
        Returns::Text => "string",
        Returns::Bool => "boolean",
        _ => "any",
    };
    let whole = match &helper.returns {
        Returns::Record(fields) => {
            let fields = fields.iter().map(|(name, holds)| format!("{name}: {}", one(holds)));
            format!("{{ {} }}", fields.collect::<Vec<_>>().join("; "))
        }
        other => one(other).to_owned(),
    };
    match helper.failure == Value::Null && helper.returns != Returns::Nothing {
        true => format!("{whole} | null"),
        false => whole,
    }
}

fn holds(holds: &FieldType) -> String {
    match holds {
        FieldType::Bool => "boolean".to_owned(),
        FieldType::Int => "number".to_owned(),
        FieldType::Text => "string".to_owned(),
        FieldType::List(item) => format!("{}[]", self::holds(item)),
        FieldType::Object(name) => pascal(name),
        _ => "any".to_owned(),
    }
}

/// `file_metadata` as `FileMetadata`.
fn pascal(name: &str) -> String {
    let word = |word: &str| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    };
    name.split('_').map(word).collect()
}

/// A text within a comment, which it cannot end.
fn comment(text: &str) -> String {
    text.replace("*/", "*\u{200b}/").replace('\n', " ")
}
