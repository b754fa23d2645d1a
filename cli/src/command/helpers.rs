//! `reactant helpers`: the reference, from the helpers' own declarations.

use std::io::{self, Write};

use clap::ValueEnum;
use reactant_core::{
    engine::Reference,
    helper::{HelperSpec, ParamKind, Returns},
    value::Value,
};
use reactant_helpers::{Standard, store::Store};
use serde_json::json;

use crate::{
    args::{HelpersArgs, HelpersFormat, OutputFormat},
    console::{Console, painted},
    exit::{Exit, Failure},
};

/// Prints the reference.
pub(super) fn helpers(console: &Console, args: &HelpersArgs) -> Result<Exit, Failure> {
    let helpers = Standard::new(Store::memory()).registry();
    let mut out = console.results();
    let specs: Vec<&HelperSpec> = helpers.specs().map(|(_, spec)| spec).collect();
    match (console.format, args.format) {
        (OutputFormat::Json, _) => json_lines(&mut out, &specs)?,
        (OutputFormat::Human, HelpersFormat::Table) => table(&mut out, &specs, console.color)?,
        (OutputFormat::Human, HelpersFormat::Md) => markdown(&mut out, &specs)?,
        (OutputFormat::Human, format) => definitions(&mut out, format, &Reference::new(&helpers))?,
    }
    out.flush()?;
    Ok(Exit::Fine)
}

/// Prints what the engine declares whose form this is.
fn definitions(
    out: &mut dyn Write,
    format: HelpersFormat,
    reference: &Reference<'_>,
) -> Result<(), Failure> {
    let wanted = format.to_possible_value();
    let wanted = wanted.as_ref().map_or("", |value| value.get_name());
    let engines = reactant_engines::table();
    let mut all = engines.iter().filter_map(|engine| engine.definitions(reference));
    match all.find(|definitions| definitions.format == wanted) {
        Some(definitions) => Ok(out.write_all(definitions.text.as_bytes())?),
        None => Err(Failure::Usage(format!("this build has no engine that writes {wanted}"))),
    }
}

/// The name and the parameters as the specification writes them: `DataPush([key,] value)`, `DataIncr(key[, by])`.
fn signature(spec: &HelperSpec) -> String {
    let mut text = format!("{}(", spec.name);
    for (index, param) in spec.params.iter().enumerate() {
        let follows = spec.params[index + 1..].iter().any(|param| param.required);
        let comma = index > 0 && !text.ends_with(' ');
        let name = param.name;
        text.push_str(&match (param.required, comma, follows) {
            (true, true, _) => format!(", {name}"),
            (true, false, _) => name.to_owned(),
            (false, false, true) => format!("[{name},] "),
            (false, true, true) => format!(", [{name},] "),
            (false, true, false) => format!("[, {name}]"),
            (false, false, false) => format!("[{name}]"),
        });
    }
    text + ")"
}

fn kind(kind: ParamKind) -> &'static str {
    match kind {
        ParamKind::Text => "text",
        ParamKind::Number => "number",
        ParamKind::Integer => "integer",
        ParamKind::Bool => "bool",
        _ => "any",
    }
}

fn returns(returns: &Returns) -> String {
    match returns {
        Returns::Nothing => "nothing".to_owned(),
        Returns::Done => "0 or -1".to_owned(),
        Returns::Status => "0, 1 or -1".to_owned(),
        Returns::Number => "number".to_owned(),
        Returns::Text => "text".to_owned(),
        Returns::Bool => "bool".to_owned(),
        Returns::Record(fields) => {
            let names: Vec<&str> = fields.iter().map(|(name, _)| *name).collect();
            format!("{{{}}}", names.join(", "))
        }
        _ => "any".to_owned(),
    }
}

fn failure(value: &Value) -> String {
    value.to_json().to_string()
}

fn capability(spec: &HelperSpec) -> &str {
    spec.capability.as_ref().map_or("-", |capability| capability.name())
}

fn table(out: &mut dyn Write, specs: &[&HelperSpec], color: bool) -> io::Result<()> {
    let rows: Vec<[String; 4]> = specs
        .iter()
        .map(|spec| {
            [
                signature(spec),
                returns(&spec.returns),
                capability(spec).to_owned(),
                spec.summary.to_string(),
            ]
        })
        .collect();
    let heads = ["HELPER", "RESULT", "CAPABILITY", "WHAT IT DOES"].map(str::to_owned);
    let width = |column: usize| {
        let cells = rows.iter().chain([&heads]).map(|row| row[column].chars().count());
        cells.max().unwrap_or_default()
    };
    let widths = [width(0), width(1), width(2)];
    let line = |row: &[String; 4]| {
        let [a, b, c, d] = row;
        format!("{a:0$}  {b:1$}  {c:2$}  {d}", widths[0], widths[1], widths[2])
    };
    writeln!(out, "{}", painted(color, anstyle::Style::new().bold(), &line(&heads)))?;
    rows.iter().try_for_each(|row| writeln!(out, "{}", line(row)))
}

fn markdown(out: &mut dyn Write, specs: &[&HelperSpec]) -> io::Result<()> {
    writeln!(
        out,
        "# Helpers\n\n| helper | result | after a failure | capability | what it does |"
    )?;
    writeln!(out, "|---|---|---|---|---|")?;
    for spec in specs {
        let capability = spec.capability.as_ref();
        let capability = capability.map_or_else(String::new, |name| format!("`{name}`"));
        let summary = spec.summary.replace('|', "\\|");
        let failed = match spec.returns {
            Returns::Nothing => String::new(),
            _ => format!("`{}`", failure(&spec.failure)),
        };
        let (signature, returns) = (signature(spec), returns(&spec.returns));
        writeln!(out, "| `{signature}` | {returns} | {failed} | {capability} | {summary} |")?;
    }
    Ok(())
}

fn json_lines(out: &mut dyn Write, specs: &[&HelperSpec]) -> io::Result<()> {
    for spec in specs {
        let params = spec.params.iter().map(|param| {
            json!({"name": param.name, "type": kind(param.kind), "required": param.required})
        });
        let line = json!({
            "type": "helper",
            "name": spec.name,
            "signature": signature(spec),
            "params": params.collect::<Vec<_>>(),
            "returns": returns(&spec.returns),
            "failure": spec.failure.to_json(),
            "capability": spec.capability.as_ref().map(|capability| capability.name()),
            "act": spec.act,
            "summary": spec.summary,
        });
        writeln!(out, "{line}")?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn signatures_read_as_in_the_specification() {
        let spec = |name: &'static str| HelperSpec::new(name, "");
        let push =
            spec("DataPush").optional("key", ParamKind::Text).param("value", ParamKind::Text);
        assert_eq!(signature(&push), "DataPush([key,] value)");
        let incr =
            spec("DataIncr").param("key", ParamKind::Text).optional("by", ParamKind::Integer);
        assert_eq!(signature(&incr), "DataIncr(key[, by])");
        assert_eq!(signature(&spec("DataPop").optional("key", ParamKind::Text)), "DataPop([key])");
        let two = spec("F").param("a", ParamKind::Text).param("b", ParamKind::Any);
        assert_eq!(signature(&two), "F(a, b)");
        assert_eq!(signature(&spec("Errno")), "Errno()");
    }
}
