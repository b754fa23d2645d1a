//! `reactant blocks`: what is blocked on this machine, from outside.

use std::io::{self, Write};

use jiff::{SignedDuration, Timestamp, Unit};
use reactant_helpers::{
    control::{Changed, Lease},
    effects::block,
    journal::Came,
};
use serde_json::{Value, json};

use super::audit::line;
use crate::{
    acting::{self, Acting, Asked},
    args::{BlocksArgs, BlocksCommand, OutputFormat},
    console::Console,
    escape::escaped,
    exit::{Exit, Failure},
    settings::Settings,
};

/// Runs the command.
pub(super) fn blocks(console: &Console, args: BlocksArgs) -> Result<Exit, Failure> {
    let BlocksArgs { data, config, command } = args;
    let settings = Settings::of_command(console, config.as_deref(), data)?;
    let mut out = console.results();
    let exit = match command {
        BlocksCommand::List => list(console, &settings, &mut out)?,
        BlocksCommand::Add { what, time } => {
            let with = json!({"what": what, "seconds": time.map(|time| time.0)});
            changed(console, &settings, &mut out, "blocks.add", &with)?;
            Exit::Fine
        }
        BlocksCommand::Remove { what, recipe } => {
            let with = json!({"what": what, "recipe": recipe});
            let came = changed(console, &settings, &mut out, "blocks.remove", &with)?;
            Exit::problem_if(came != Some(Came::Done))
        }
        BlocksCommand::Flush => {
            changed(console, &settings, &mut out, "blocks.flush", &Value::Null)?;
            Exit::Fine
        }
    };
    out.flush()?;
    Ok(exit)
}

fn list(console: &Console, settings: &Settings, out: &mut dyn Write) -> Result<Exit, Failure> {
    let folder = settings.folder();
    let mut show = |lease: &Lease| show(console, out, lease);
    if let Asked::Answered =
        acting::ask_holder(folder, "blocks.list", |item| show(&serde_json::from_str(item)?))?
    {
        return Ok(Exit::Fine);
    }
    acting::there(folder)?;
    let file = block::in_folder(folder).map_err(|error| {
        Failure::Problem(format!("the leases in `{}`: {error}", folder.display()))
    })?;
    file.leases.iter().map(Lease::from).try_for_each(|lease| show(&lease))?;
    if file.to_go && !file.leases.is_empty() {
        console.warn(
            "blocks",
            "these were to go with their runtime, which died: the next start or `reactant blocks flush` takes them out",
        );
    }
    Ok(Exit::Fine)
}

fn show(console: &Console, out: &mut dyn Write, lease: &Lease) -> io::Result<()> {
    let Lease { what, recipe, event, left_ms } = lease;
    let left = left_ms.map(|left| SignedDuration::from_millis(left.try_into().unwrap_or(i64::MAX)));
    match console.format {
        OutputFormat::Json => {
            let until = left.and_then(|left| Timestamp::now().checked_add(left).ok());
            let until = until.and_then(|until| until.round(Unit::Millisecond).ok());
            line(
                out,
                &json!({"type": "block", "what": what, "recipe": recipe, "event": event, "until": until, "left_ms": left_ms}),
            )
        }
        OutputFormat::Human => {
            let whose = if recipe.is_empty() { "the operator" } else { recipe };
            let left = left.map_or_else(
                || "for good".to_owned(),
                |left| format!("{:#} left", SignedDuration::from_secs(left.as_secs())),
            );
            writeln!(out, "{what} {left}  ({}, {})", escaped(whose), escaped(event))
        }
    }
}

/// Asks for a change, and tells what it came to.
fn changed(
    console: &Console,
    settings: &Settings,
    out: &mut dyn Write,
    request: &str,
    with: &Value,
) -> Result<Option<Came>, Failure> {
    let flush = request == "blocks.flush";
    if request != "blocks.add" {
        acting::there(settings.folder())?;
    }
    let acting = Acting::open(console, settings, "blocks", &request.replace('.', " "))?;
    let mut came = None;
    acting.ask(request, with, &mut |item| {
        let change: Changed = serde_json::from_str(item)?;
        came = Some(change.result);
        let Changed { what, event, result, note, ended } = change;
        if console.format == OutputFormat::Json {
            return line(
                out,
                &json!({"type": "change", "request": request, "what": if flush { Value::Null } else { what.into() }, "event": event, "result": result, "note": note, "ended": ended}),
            );
        }
        let what = if flush { "all blocks".to_owned() } else { what };
        let ended = match (request, ended) {
            ("blocks.add", _) => String::new(),
            (_, 1) => ", 1 lease ended".to_owned(),
            (_, ended) => format!(", {ended} leases ended"),
        };
        let did = match (request, result) {
            (_, Came::Already) => escaped(&note),
            ("blocks.add", _) => "blocked".to_owned(),
            _ => "not blocked any more".to_owned(),
        };
        writeln!(out, "{what}: {did}{ended}")
    })?;
    acting.end()?;
    Ok(came)
}
