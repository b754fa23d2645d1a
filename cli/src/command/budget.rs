//! `reactant budget`: recipes that only simulate because they asked for too much.

use std::io::{self, Write};

use reactant_helpers::{
    budget::{Trip, tripped},
    control::Tripped,
};
use serde_json::json;

use super::audit::line;
use crate::{
    acting::{self, Acting, Asked},
    args::{BudgetArgs, BudgetCommand, OutputFormat},
    console::Console,
    escape::Escaped,
    exit::{Exit, Failure},
    settings::Settings,
};

/// Runs the command.
pub(super) fn budget(console: &Console, args: BudgetArgs) -> Result<Exit, Failure> {
    let settings = Settings::of_command(console, args.config.as_deref(), args.data)?;
    acting::there(settings.folder())?;
    match args.command {
        BudgetCommand::List => list(console, &settings),
        BudgetCommand::Reset { recipes, all } => {
            let_act(console, &settings, if all { None } else { Some(&recipes) })
        }
    }
}

fn list(console: &Console, settings: &Settings) -> Result<Exit, Failure> {
    let (folder, mut out) = (settings.folder(), console.results());
    let asked = acting::ask_holder(folder, "budget.list", |item| {
        show(console, &mut out, &serde_json::from_str(item)?)
    })?;
    if let Asked::Nobody = asked {
        let tripped = tripped(folder)
            .map_err(|error| Failure::Problem(format!("the budgets cannot be read: {error}")))?;
        let mut tripped = tripped.into_iter().map(|(recipe, trip)| Tripped { recipe, trip });
        tripped.try_for_each(|tripped| show(console, &mut out, &tripped))?;
    }
    out.flush()?;
    Ok(Exit::Fine)
}

fn show(console: &Console, out: &mut dyn Write, tripped: &Tripped) -> io::Result<()> {
    let Tripped { recipe, trip } = tripped;
    let Trip { kind, limit, total, at } = trip;
    match console.format {
        OutputFormat::Human => writeln!(out, "{} since {at:.0}: {trip}", Escaped(recipe)),
        OutputFormat::Json => line(
            out,
            &json!({"type": "tripped", "recipe": recipe, "kind": kind, "limit": limit, "total": total, "at": at}),
        ),
    }
}

fn let_act(
    console: &Console,
    settings: &Settings,
    recipes: Option<&[String]>,
) -> Result<Exit, Failure> {
    let command = if recipes.is_none() { acting::RESET_ALL } else { "budget reset" };
    let acting = Acting::open(console, settings, "budget", command)?;
    let (mut names, mut out) = (Vec::new(), console.results());
    acting.ask("budget.reset", &json!({"recipes": recipes}), &mut |item| {
        let name: String = serde_json::from_str(item)?;
        match console.format {
            OutputFormat::Human => writeln!(out, "{} may act again", Escaped(&name))?,
            OutputFormat::Json => line(&mut out, &json!({"type": "reset", "recipe": name}))?,
        }
        names.push(name);
        Ok(())
    })?;
    acting.end()?;
    out.flush()?;
    let free = recipes.into_iter().flatten().filter(|recipe| !names.contains(*recipe));
    let free: Vec<&String> = free.collect();
    free.iter().for_each(|name| console.error(&format!("`{name}` was not held back")));
    Ok(Exit::problem_if(!free.is_empty()))
}
