//! `reactant audit undo`: files get what they held before, newest write first.

use std::{
    collections::{BTreeMap, HashSet},
    io::Write,
    path::Path,
};

use jiff::Timestamp;
use reactant_core::helper::Failure as Refusal;
use reactant_helpers::{
    effects,
    folder::Folder,
    journal::{Came, Entry, Journal, Kept, Options, Record, Replaced, lines},
};
use serde_json::{Map, json};

use super::{line, unreadable};
use crate::{
    args::{OutputFormat, ShowArgs},
    console::Console,
    enforcement,
    escape::escaped,
    exit::{Exit, Failure},
};

/// The name under which undoing is on record.
const UNDO: &str = "audit undo";

/// An act that was done.
struct Done {
    recipe: String,
    reaction: usize,
    uuid: String,
    helper: String,
    replaced: Option<Replaced>,
}

/// Undoes the acts that were done and not undone yet, each on record.
pub(super) fn undo(
    console: &Console,
    out: &mut dyn Write,
    folder: &Path,
    which: &ShowArgs,
) -> Result<Exit, Failure> {
    if !which.narrows() && which.since.is_none() && which.until.is_none() {
        let what = "say which acts: --event, --recipe, --helper, --since, --until".to_owned();
        return Err(Failure::Usage(what));
    }
    // What nobody wrote is not made here.
    lines(folder).map_err(|error| unreadable(folder, &error))?;
    let held = Folder::hold(folder).map_err(|error| Failure::Usage(format!("--data: {error}")))?;
    let journal = enforcement::open(console, &held, UNDO, Options::default())?;
    let done = done(folder, which)?;
    // No room is made for anything: what is there is only read.
    let kept = Kept::open(folder, 0).map_err(|error| unreadable(folder, &error))?;
    let mut exit = Exit::Fine;
    for (number, act) in done.into_iter().rev() {
        let answer = match &act.replaced {
            None => Err(Refusal(format!("{} cannot be undone", act.helper))),
            Some(replaced) => on_record(&journal, number, &act, replaced, &kept),
        };
        let why = answer.as_ref().err().map(|refusal| refusal.0.as_str());
        if why.is_some() {
            exit = Exit::Problem;
        }
        let path = act.replaced.as_ref().map(|replaced| &replaced.path);
        match console.format {
            OutputFormat::Json => line(
                out,
                &json!({"type": "undo", "line": number, "helper": act.helper, "path": path, "undone": why.is_none(), "why": why}),
            )?,
            OutputFormat::Human => {
                let what =
                    why.map_or_else(|| "undone".to_owned(), |why| format!("not undone: {why}"));
                let path = path.map(String::as_str).unwrap_or_default();
                writeln!(out, "{number} {} {} {}", act.helper, escaped(path), escaped(what))?;
            }
        }
    }
    journal.sync().map_err(|failure| Failure::Problem(failure.0))?;
    Ok(exit)
}

/// The acts that are meant, by their lines.
fn done(folder: &Path, which: &ShowArgs) -> Result<BTreeMap<u64, Done>, Failure> {
    let (mut open, mut done) = (BTreeMap::new(), BTreeMap::new());
    let (mut undoing, mut undone) = (BTreeMap::new(), HashSet::new());
    for read in lines(folder).map_err(|error| unreadable(folder, &error))? {
        let read = read.map_err(|error| unreadable(folder, &error))?;
        let Some(Record { n, time, entry, .. }) = read.record else { continue };
        match entry {
            Entry::Intent { helper, args, .. } if helper == UNDO => {
                undoing.insert(n, args.get("line").and_then(serde_json::Value::as_u64));
            }
            Entry::Intent { recipe, reaction, uuid, helper, .. }
                if which.takes(time, &uuid, &recipe, &helper) =>
            {
                open.insert(n, Done { recipe, reaction, uuid, helper, replaced: None });
            }
            Entry::Outcome { of, result: Came::Done, replaced, .. } => {
                if let Some(act) = open.remove(&of) {
                    done.insert(of, Done { replaced, ..act });
                }
                undone.extend(undoing.remove(&of).flatten());
            }
            _ => {}
        }
    }
    done.retain(|line, _| !undone.contains(line));
    Ok(done)
}

fn on_record(
    journal: &Journal,
    number: u64,
    act: &Done,
    replaced: &Replaced,
    kept: &Kept,
) -> Result<(), Refusal> {
    let args = [("line".to_owned(), json!(number)), ("path".to_owned(), json!(replaced.path))];
    let of = journal.write(Entry::Intent {
        recipe: act.recipe.clone(),
        reaction: act.reaction,
        uuid: act.uuid.clone(),
        helper: UNDO.to_owned(),
        kind: None,
        at: Timestamp::now(),
        args: Map::from_iter(args),
    })?;
    let answer = effects::undo(replaced, kept);
    let (result, note) = match &answer {
        Ok(()) => (Came::Done, String::new()),
        Err(Refusal(why)) => (Came::Failed, why.clone()),
    };
    journal.write(Entry::Outcome { of, result, note, replaced: None })?;
    answer
}
