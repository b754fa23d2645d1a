//! Lines for people: one for each detection, log message, act and outcome. Whatever events and scripts say is escaped.

use std::{
    io::{self, Write},
    time::Duration,
};

use anstyle::{AnsiColor, Style};
use reactant_core::{
    audit::{Action, Entry},
    detection::Detection,
    event::EventType,
    helper::Level,
    packed::{Key, Node},
    recipe::Importance,
    runtime::{Fault, Outcome, Status},
    value::Value,
};

use super::{Format, Summary, json::format_of};
use crate::{
    console::{Console, painted},
    escape::{Escaped, escaped},
    excerpt::Excerpt,
};

/// The most characters of a path, a command or an argument in a line.
const SHORT: usize = 80;

/// For people.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Human {
    /// Whether to use colours.
    pub(crate) color: bool,
    /// Whether debug messages and traces are shown.
    pub(crate) level: Level,
    pub(crate) verbose: bool,
    /// Whether the summary is left out.
    pub(crate) quiet: bool,
    /// Whether durations are told.
    pub(crate) timings: bool,
    /// The detection that was written last: event and recipe.
    last: Option<(u64, usize)>,
}

impl Human {
    pub(crate) fn new(console: &Console, timings: bool) -> Human {
        let Console { color, level, verbose, quiet, .. } = *console;
        Human { color, level, verbose, quiet, timings, last: None }
    }

    fn paint(self, style: Style, text: &str) -> String {
        painted(self.color, style, text)
    }

    fn dim(self, text: &str) -> String {
        self.paint(Style::new().dimmed(), text)
    }

    /// Two lines of the file, the second pointing into the first.
    fn excerpt(self, out: &mut dyn Write, excerpt: &Excerpt) -> io::Result<()> {
        let number = excerpt.line.to_string();
        let red = AnsiColor::Red.on_default();
        writeln!(out, "      {} {} {}", self.dim(&number), self.dim("│"), excerpt.text)?;
        let marks = "^".repeat(excerpt.len.max(1));
        let gap = " ".repeat(excerpt.start);
        let margin = " ".repeat(number.len());
        writeln!(out, "      {margin} {} {gap}{}", self.dim("│"), self.paint(red, &marks))
    }

    fn fault(self, out: &mut dyn Write, outcome: &Outcome, fault: &Fault) -> io::Result<()> {
        if let (Some(file), Some(line)) = (&fault.file, fault.line) {
            let column = fault.column.map_or_else(String::new, |column| format!(":{column}"));
            writeln!(out, "      at {}:{line}{column}", escaped(file.display()))?;
            if let Some(excerpt) = script_excerpt(outcome, fault, line) {
                self.excerpt(out, &excerpt)?;
            }
        }
        if self.verbose {
            for call in fault.trace.lines() {
                writeln!(out, "      {}", self.dim(&escaped(call)))?;
            }
        }
        Ok(())
    }

    fn duration(self, duration: Duration) -> String {
        if self.timings { format!(" in {}", spoken(duration)) } else { String::new() }
    }

    fn action(self, action: &Action) -> String {
        let args: Vec<String> = action.args.iter().map(argument).collect();
        let result = match &action.result {
            Value::Text(text) => quoted(text),
            other => escaped(other),
        };
        let mut text = format!("{}({}) = {result}", Escaped(&action.helper), args.join(", "));
        if !action.errno.is_empty() {
            text.push_str(": ");
            text.push_str(&escaped(&action.errno));
        }
        if action.dry_run {
            text.push_str(&self.dim(" (simulated)"));
        }
        text
    }
}

impl Format for Human {
    fn detection(
        &mut self,
        out: &mut dyn Write,
        detection: &Detection,
        dropped: Option<bool>,
    ) -> io::Result<()> {
        self.last = Some(key(detection));
        let recipe = &detection.recipe;
        let style = match recipe.importance {
            Importance::Low => Style::new(),
            Importance::Medium => AnsiColor::Yellow.on_default(),
            Importance::High => AnsiColor::Red.on_default(),
            Importance::Critical => AnsiColor::Red.on_default().bold(),
        };
        let time = detection.event.timestamp().map(|time| format!("{time:.3}")).unwrap_or_default();
        let verdict = match dropped {
            Some(true) => format!(" {}", self.paint(AnsiColor::Red.on_default().bold(), "refused")),
            Some(false) => self.dim(" allowed"),
            None => String::new(),
        };
        writeln!(
            out,
            "{} {:8} {} {}{verdict}",
            self.dim(&time),
            self.paint(style, recipe.importance.name()),
            self.paint(Style::new().bold(), &escaped(&recipe.name)),
            subject(detection),
        )
    }

    fn outcome(&mut self, out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
        let detection = &*outcome.detection;
        // A live run tells each thing at once: others may have come between a detection and what was done about it.
        if self.last.is_some_and(|last| last != key(detection)) {
            self.last = Some(key(detection));
            let time = detection.event.timestamp().map(|time| format!("{time:.3}"));
            let again =
                format!("{} … {}", time.unwrap_or_default(), escaped(&detection.recipe.name));
            writeln!(out, "{} {}", self.dim(&again), subject(detection))?;
        }
        let which = if outcome.detection.recipe.reactions.len() > 1 {
            self.dim(&format!("[{}] ", outcome.reaction))
        } else {
            String::new()
        };
        for entry in &outcome.entries {
            match entry {
                Entry::Log { level, .. } if *level < self.level => {}
                Entry::Log { level, message } => {
                    let (name, style) = match level {
                        Level::Debug => ("debug", Style::new().dimmed()),
                        Level::Info => ("info", AnsiColor::Green.on_default()),
                        Level::Warn => ("warn", AnsiColor::Yellow.on_default()),
                        Level::Error => ("error", AnsiColor::Red.on_default()),
                    };
                    let gap = " ".repeat(6 - name.len());
                    let name = self.paint(style, name);
                    writeln!(out, "    {which}{name}{gap}{}", Escaped(message))?;
                }
                Entry::Action(action) => {
                    let name = self.paint(AnsiColor::Cyan.on_default(), "act");
                    writeln!(out, "    {which}{name}   {}", self.action(action))?;
                }
            }
        }
        let format = format_of(outcome);
        let duration = self.duration(outcome.duration);
        if outcome.status == Status::Ok {
            let text = format!("ok    {format}{duration}");
            return writeln!(out, "    {which}{}", self.dim(&text));
        }
        let failed = self.paint(AnsiColor::Red.on_default().bold(), "failed");
        let message = outcome.error.as_ref().map(|fault| escaped(&fault.message));
        let message = message.unwrap_or_default();
        let how = self.dim(&format!("({format}, {}{duration})", outcome.status.name()));
        writeln!(out, "    {which}{failed} {message} {how}")?;
        match &outcome.error {
            Some(fault) => self.fault(out, outcome, fault),
            None => Ok(()),
        }
    }

    fn summary(&mut self, out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
        if self.quiet {
            return Ok(());
        }
        let figures = &summary.figures;
        let mut parts = vec![
            counted(figures.events, "event"),
            counted(figures.detections, "detection"),
            counted(figures.reactions, "reaction"),
        ];
        let noteworthy = [
            (summary.invalid_events, "invalid"),
            (figures.suppressed, "suppressed"),
            (figures.errors, "failed"),
            (figures.dropped, "dropped"),
            (summary.evicted, "evicted"),
        ];
        parts.extend(
            noteworthy
                .into_iter()
                .filter(|(count, _)| *count > 0)
                .map(|(count, what)| format!("{count} {what}")),
        );
        let elapsed = summary.elapsed.map(|elapsed| format!(" in {}", spoken(elapsed)));
        writeln!(out, "{}{}", parts.join(", "), elapsed.unwrap_or_default())
    }
}

fn key(detection: &Detection) -> (u64, usize) {
    (detection.event.number(), detection.recipe_index)
}

/// The excerpt of the script's line, from the script's own text.
fn script_excerpt(outcome: &Outcome, fault: &Fault, line: u32) -> Option<Excerpt> {
    let recipe = &outcome.detection.recipe;
    let spec = recipe.reactions.get(outcome.reaction)?;
    let index = line.checked_sub(spec.map.first_line)?;
    let text = spec.source.text.lines().nth(index as usize)?;
    let before = spec.map.indent + if index == 0 { spec.map.first_column } else { 0 };
    let Some(column) = fault.column else {
        // The language tells lines only: all of this one.
        let indent = text.chars().take_while(|c| c.is_whitespace()).count();
        let column = u32::try_from(indent).unwrap_or(0) + 1;
        return Some(Excerpt::new(text, line, column, text.trim().chars().count()));
    };
    Some(Excerpt::new(text, line, column.saturating_sub(before).max(1), 1))
}

/// Who did what: `cat[4242] open read /etc/passwd`.
fn subject(detection: &Detection) -> String {
    let data = detection.data.root();
    let text = |node: Option<Node<'_>>, key| {
        node.and_then(|node| node.get(key)).and_then(Node::as_str).unwrap_or_default().to_owned()
    };
    let process = data.get(Key::PROCESS);
    let exe = text(process, Key::EXE);
    let who = if exe.is_empty() { text(process, Key::COMM) } else { exe };
    let who = if who.is_empty() { "somebody".to_owned() } else { shortened(&who) };
    let pid = process.and_then(|process| process.get(Key::PID)).and_then(Node::as_int);
    let pid = pid.map_or_else(String::new, |pid| format!("[{pid}]"));
    let what = match detection.event.event_type() {
        EventType::Execution => match text(process, Key::CMD) {
            cmd if cmd.is_empty() => "executed".to_owned(),
            cmd => format!("executed {}", quoted(&cmd)),
        },
        EventType::FileAccess => {
            let file = data.get(Key::FILE);
            let actions = file.and_then(|file| file.get(Key::ACTIONS));
            let actions: Vec<&str> =
                actions.into_iter().flat_map(Node::items).filter_map(Node::as_str).collect();
            format!("{} {}", escaped(actions.join("+")), shortened(&text(file, Key::FILE)))
        }
        about => {
            let remote = data.get(Key::FLOW).and_then(|flow| flow.get(Key::REMOTE));
            let name = text(remote, Key::NAME);
            let address = text(remote, Key::ADDRESS);
            let port = remote.and_then(|remote| remote.get(Key::PORT)).and_then(Node::as_int);
            let port = port.map_or_else(String::new, |port| format!(" port {port}"));
            let name = if name.is_empty() { name } else { format!(" ({})", shortened(&name)) };
            let what = match about {
                EventType::DropIp => "denied",
                EventType::DropDomain => "denied to resolve",
                _ => "peer",
            };
            format!("{what} {}{name}{port}", shortened(&address))
        }
    };
    format!("{who}{pid} {what}")
}

fn argument(value: &Value) -> String {
    match value {
        Value::Text(text) => quoted(text),
        other => shortened(&other.to_string()),
    }
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", shortened(text).replace('"', "\\\""))
}

fn shortened(text: &str) -> String {
    match text.char_indices().nth(SHORT) {
        Some((end, _)) => format!("{}…", Escaped(&text[..end])),
        None => escaped(text),
    }
}

fn counted(count: u64, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

fn spoken(duration: Duration) -> String {
    match duration.as_micros() {
        micros @ ..1_000 => format!("{micros} µs"),
        micros @ ..1_000_000 => format!("{:.1} ms", micros as f64 / 1e3),
        micros => format!("{:.1} s", micros as f64 / 1e6),
    }
}
