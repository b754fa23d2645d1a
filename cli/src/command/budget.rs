//! `reactant budget`: recipes that only simulate because they asked for too much.

use std::{
    io::{self, Write},
    path::{Path, PathBuf},
};

use reactant_helpers::{
    budget::{Trip, reset, tripped},
    folder::Folder,
    journal::{Entry, Journal, Options},
};
use serde_json::json;

use super::audit::line;
use crate::{
    args::{BudgetArgs, BudgetCommand, OutputFormat},
    console::Console,
    escape::Escaped,
    exit::{Exit, Failure},
    settings, state,
};

/// Runs the command.
pub(super) fn budget(console: &Console, args: BudgetArgs) -> Result<Exit, Failure> {
    let folder = match args.data {
        Some(folder) => folder,
        None => settings::read(console, args.config.as_deref())?
            .data
            .unwrap_or_else(|| PathBuf::from(state::FOLDER)),
    };
    if !folder.is_dir() {
        let folder = folder.display();
        return Err(Failure::Usage(format!("there is no `{folder}`: name the folder with --data")));
    }
    match args.command {
        BudgetCommand::List => list(console, &folder),
        BudgetCommand::Reset { recipes, all } => {
            let_act(console, &folder, if all { None } else { Some(&recipes) })
        }
    }
}

fn unreadable(error: &io::Error) -> Failure {
    Failure::Problem(format!("the budgets cannot be read or written: {error}"))
}

fn list(console: &Console, folder: &Path) -> Result<Exit, Failure> {
    let mut out = console.results();
    for (recipe, trip) in tripped(folder).map_err(|error| unreadable(&error))? {
        let Trip { kind, limit, total, at } = trip;
        match console.format {
            OutputFormat::Human => {
                writeln!(out, "{} since {at:.0}: {trip}", Escaped(&recipe))?;
            }
            OutputFormat::Json => line(
                &mut out,
                &json!({"type": "tripped", "recipe": recipe, "kind": kind, "limit": limit, "total": total, "at": at}),
            )?,
        }
    }
    out.flush()?;
    Ok(Exit::Fine)
}

fn let_act(console: &Console, folder: &Path, recipes: Option<&[String]>) -> Result<Exit, Failure> {
    let held = Folder::hold(folder).map_err(|error| Failure::Usage(format!("--data: {error}")))?;
    let mut names = Vec::new();
    match recipes {
        None => names = reset(&held, None).map_err(|error| unreadable(&error))?,
        Some(recipes) => {
            for recipe in recipes {
                names.extend(reset(&held, Some(recipe)).map_err(|error| unreadable(&error))?);
            }
        }
    }
    if !names.is_empty() {
        let (journal, _) = Journal::open(held, "budget reset", Options::default())
            .map_err(|error| Failure::Problem(error.to_string()))?;
        let entry = Entry::Reset { recipes: names.clone() };
        journal.write(entry).map_err(|failure| Failure::Problem(failure.0))?;
    }
    let mut out = console.results();
    for name in &names {
        match console.format {
            OutputFormat::Human => writeln!(out, "{} may act again", Escaped(name))?,
            OutputFormat::Json => line(&mut out, &json!({"type": "reset", "recipe": name}))?,
        }
    }
    out.flush()?;
    let free = recipes.into_iter().flatten().filter(|recipe| !names.contains(*recipe));
    let free: Vec<&String> = free.collect();
    free.iter().for_each(|name| console.error(&format!("`{name}` was not held back")));
    Ok(Exit::problem_if(!free.is_empty()))
}
