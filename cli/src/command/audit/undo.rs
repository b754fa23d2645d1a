//! `reactant audit undo`: takes back what was done, the newest act first.

use std::io::Write;

use reactant_helpers::control::Undone;
use serde_json::{json, to_value};

use super::line;
use crate::{
    acting::{self, Acting},
    args::{OutputFormat, ShowArgs},
    console::Console,
    escape::escaped,
    exit::{Exit, Failure},
    settings::Settings,
};

/// Undoes the acts that are meant, each on record.
pub(super) fn undo(
    console: &Console,
    out: &mut dyn Write,
    settings: &Settings,
    which: &ShowArgs,
) -> Result<Exit, Failure> {
    acting::there(settings.folder())?;
    let which = to_value(which.selection()).map_err(std::io::Error::from)?;
    let acting = Acting::open(console, settings, "audit", "audit undo")?;
    let mut exit = Exit::Fine;
    acting.ask("audit.undo", &which, &mut |item| {
        let Undone { line: number, helper, recipe, what, why } = serde_json::from_str(item)?;
        if why.is_some() {
            exit = Exit::Problem;
        }
        match console.format {
            OutputFormat::Json => line(
                out,
                &json!({"type": "undo", "line": number, "helper": helper, "recipe": recipe, "what": what, "undone": why.is_none(), "why": why}),
            ),
            OutputFormat::Human => {
                let became =
                    why.map_or_else(|| "undone".to_owned(), |why| format!("not undone: {why}"));
                let what = what.map(|what| format!("{what} ")).unwrap_or_default();
                writeln!(out, "{number} {helper} {}{}", escaped(what), escaped(became))
            }
        }
    })?;
    acting.end()?;
    Ok(exit)
}
