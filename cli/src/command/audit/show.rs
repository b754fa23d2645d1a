//! `reactant audit show`: each act as one line, with what came of it.

use std::{
    collections::{HashMap, HashSet},
    io::{self, Write},
    path::Path,
};

use jiff::Timestamp;
use reactant_helpers::journal::{Came, Entry, Record, Selection, lines};
use serde_json::{Map, Value as Json, json};

use super::{line, unreadable};
use crate::{
    args::{OutputFormat, ShowArgs},
    console::Console,
    escape::Escaped,
    exit::{Exit, Failure},
};

/// An act that was announced.
struct Act {
    line: u64,
    time: Timestamp,
    recipe: String,
    reaction: usize,
    uuid: String,
    helper: String,
    args: Map<String, Json>,
}

/// Prints the acts, in the order in which they ended; those without an outcome where that was told, or at the end.
pub(super) fn show(
    console: &Console,
    out: &mut dyn Write,
    folder: &Path,
    which: &ShowArgs,
) -> Result<Exit, Failure> {
    let read = lines(folder).map_err(|error| unreadable(folder, &error))?;
    let mut show =
        Show { format: console.format, out, which: which.selection(), open: HashMap::new() };
    for read in read {
        let read = read.map_err(|error| unreadable(folder, &error))?;
        // `verify` tells of the others.
        if let Some(record) = read.record {
            show.record(record)?;
        }
    }
    let mut open: Vec<Act> = std::mem::take(&mut show.open).into_values().collect();
    open.sort_by_key(|act| act.line);
    open.iter().try_for_each(|act| show.act(act, None, ""))?;
    Ok(Exit::Fine)
}

struct Show<'a> {
    format: OutputFormat,
    out: &'a mut dyn Write,
    which: Selection,
    open: HashMap<u64, Act>,
}

impl Show<'_> {
    fn record(&mut self, record: Record) -> io::Result<()> {
        let Record { n, time, entry, .. } = record;
        match entry {
            Entry::Intent { recipe, reaction, uuid, helper, args, .. } => {
                self.open.insert(n, Act { line: n, time, recipe, reaction, uuid, helper, args });
                Ok(())
            }
            Entry::Outcome { of, result, note, .. } => match self.open.remove(&of) {
                Some(act) => self.act(&act, Some(result), &note),
                None => Ok(()),
            },
            Entry::Crash { ref unfinished, .. } => {
                let of: HashSet<u64> = unfinished.iter().copied().collect();
                let mut left: Vec<Act> =
                    of.iter().filter_map(|line| self.open.remove(line)).collect();
                left.sort_by_key(|act| act.line);
                let why = "the runtime ended in the middle of it";
                left.iter().try_for_each(|act| self.act(act, None, why))?;
                self.other(n, time, &entry)
            }
            Entry::Refused { recipe, reaction, uuid, helper, args, why, .. } => {
                let args = args.into_iter().enumerate();
                let args = args.map(|(index, arg)| (index.to_string(), arg)).collect();
                let act = Act { line: n, time, recipe, reaction, uuid, helper, args };
                self.tell(&act, "refused", &why)
            }
            entry => self.other(n, time, &entry),
        }
    }

    fn act(&mut self, act: &Act, came: Option<Came>, note: &str) -> io::Result<()> {
        let came = match came {
            Some(Came::Done) => "done",
            Some(Came::Already) => "already",
            Some(Came::Failed) => "failed",
            _ => "unknown",
        };
        self.tell(act, came, note)
    }

    fn tell(&mut self, act: &Act, came: &str, note: &str) -> io::Result<()> {
        if !self.which.takes(act.time, &act.uuid, &act.recipe, &act.helper) {
            return Ok(());
        }
        let Act { line: at, time, recipe, reaction, uuid, helper, args } = act;
        if self.format == OutputFormat::Json {
            let came = (came != "unknown").then_some(came);
            let object = json!({"type": "act", "line": at, "time": time, "recipe": recipe, "reaction": reaction, "uuid": uuid, "helper": helper, "args": args, "result": came, "note": note});
            return line(self.out, &object);
        }
        let said: Vec<String> =
            args.iter().map(|(name, value)| format!("{name}={}", shown(value))).collect();
        let came = if came == "already" { "already so" } else { came };
        let note = if note.is_empty() { String::new() } else { format!(": {note}") };
        let text = format!(
            "{helper} {} -> {came}{note}  ({recipe}/{reaction}, event {uuid})",
            said.join(" ")
        );
        writeln!(self.out, "{at} {time:.3} {}", Escaped(&text))
    }

    /// Where no acts of one kind are asked for, what else the journal holds is shown in its place.
    fn other(&mut self, at: u64, time: Timestamp, entry: &Entry) -> io::Result<()> {
        if self.which.narrows() || !self.which.in_time(time) {
            return Ok(());
        }
        let mut object = json!({"line": at, "time": time});
        if let (Some(object), Json::Object(said)) =
            (object.as_object_mut(), serde_json::to_value(entry)?)
        {
            if self.format == OutputFormat::Json {
                let mut said = said;
                said.extend(std::mem::take(object));
                return line(self.out, &said);
            }
            let kind = said.get("type").and_then(Json::as_str).unwrap_or_default();
            let fields = said.iter().filter(|(name, _)| *name != "type");
            let fields: Vec<String> =
                fields.map(|(name, value)| format!("{name}={}", shown(value))).collect();
            let text = format!("-- {kind} {}", fields.join(" "));
            return writeln!(self.out, "{at} {time:.3} {}", Escaped(&text));
        }
        Ok(())
    }
}

/// A value as people read it: a text without its quotes, a long one by its beginning and length.
fn shown(value: &Json) -> String {
    match value {
        Json::String(text) => text.clone(),
        Json::Object(long) if long.contains_key("prefix") => {
            let prefix = long["prefix"].as_str().unwrap_or_default();
            let begins: String = prefix.chars().take(40).collect();
            format!("{begins}... ({} bytes)", long.get("length").unwrap_or(&Json::Null))
        }
        other => other.to_string(),
    }
}
