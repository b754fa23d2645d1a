//! JSON Lines; the names of the fields and their order are an interface (`cli.md`).

use std::{
    io::{self, Write},
    path::Path,
    time::Duration,
};

use reactant_core::{
    audit::Entry,
    detection::Detection,
    helper::Level,
    runtime::{Fault, Outcome},
};
use serde::Serialize;

use super::{Format, Summary};
use crate::escape::harmless_json;

/// One compact object a line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Json {
    /// Whether detections hold their event.
    pub(crate) events: bool,
    /// Whether durations are told.
    pub(crate) timings: bool,
}

#[derive(Serialize)]
struct DetectionLine<'a> {
    r#type: &'static str,
    uuid: &'a str,
    recipe: &'a str,
    kind: &'a str,
    importance: &'static str,
    event_type: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    dropped: Option<bool>,
}

#[derive(Serialize)]
struct LogLine<'a> {
    r#type: &'static str,
    level: Level,
    recipe: &'a str,
    reaction: usize,
    uuid: &'a str,
    message: &'a str,
}

#[derive(Serialize)]
struct ActionLine<'a> {
    r#type: &'static str,
    recipe: &'a str,
    reaction: usize,
    uuid: &'a str,
    helper: &'a str,
    args: Vec<serde_json::Value>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    truncated: bool,
    result: serde_json::Value,
    errno: &'a str,
    dry_run: bool,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_us: Option<u64>,
}

#[derive(Serialize)]
struct OutcomeLine<'a> {
    r#type: &'static str,
    recipe: &'a str,
    reaction: usize,
    uuid: &'a str,
    format: &'static str,
    status: &'static str,
    error: Option<ErrorObject<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    duration_us: Option<u64>,
}

#[derive(Serialize)]
struct ErrorObject<'a> {
    message: &'a str,
    file: Option<String>,
    line: Option<u32>,
    column: Option<u32>,
    trace: &'a str,
}

impl<'a> From<&'a Fault> for ErrorObject<'a> {
    fn from(fault: &'a Fault) -> Self {
        ErrorObject {
            message: &fault.message,
            file: fault.file.as_deref().map(Path::display).map(|path| path.to_string()),
            line: fault.line,
            column: fault.column,
            trace: &fault.trace,
        }
    }
}

#[derive(Serialize)]
struct SummaryLine {
    r#type: &'static str,
    events: u64,
    invalid_events: u64,
    detections: u64,
    suppressed: u64,
    reactions: u64,
    errors: u64,
    dropped: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    elapsed_ms: Option<u64>,
    /// Only where there is something to tell.
    #[serde(skip_serializing_if = "Option::is_none")]
    evicted: Option<u64>,
}

fn line(out: &mut dyn Write, object: &impl Serialize) -> io::Result<()> {
    out.write_all(harmless_json(&serde_json::to_string(object)?).as_bytes())?;
    out.write_all(b"\n")
}

/// The language's own name, as the recipe chose it.
pub(super) fn format_of(outcome: &Outcome) -> &'static str {
    let spec = outcome.detection.recipe.reactions.get(outcome.reaction);
    spec.map_or("", |spec| spec.format)
}

impl Json {
    fn micros(self, duration: Duration) -> Option<u64> {
        self.timings.then(|| u64::try_from(duration.as_micros()).unwrap_or(u64::MAX))
    }
}

impl Format for Json {
    fn detection(
        &mut self,
        out: &mut dyn Write,
        detection: &Detection,
        dropped: Option<bool>,
    ) -> io::Result<()> {
        let recipe = &detection.recipe;
        let head = DetectionLine {
            r#type: "detection",
            uuid: detection.event.uuid(),
            recipe: &recipe.name,
            kind: &recipe.kind,
            importance: recipe.importance.name(),
            event_type: detection.event.event_type().name(),
            dropped,
        };
        if !self.events {
            return line(out, &head);
        }
        // The event is JSON text already: it goes in before the closing brace.
        let mut text = serde_json::to_string(&head)?;
        text.pop();
        text.push_str(",\"event\":");
        text.push_str(&detection.data.root().to_json_exact());
        text.push_str("}\n");
        out.write_all(harmless_json(&text).as_bytes())
    }

    fn outcome(&mut self, out: &mut dyn Write, outcome: &Outcome) -> io::Result<()> {
        let recipe = &*outcome.detection.recipe.name;
        let uuid = outcome.detection.event.uuid();
        let reaction = outcome.reaction;
        for entry in &outcome.entries {
            match entry {
                Entry::Log { level, message } => {
                    let r#type = "log";
                    line(out, &LogLine { r#type, level: *level, recipe, reaction, uuid, message })?;
                }
                Entry::Action(action) => line(
                    out,
                    &ActionLine {
                        r#type: "action",
                        recipe,
                        reaction,
                        uuid,
                        helper: &action.helper,
                        args: action.args.iter().map(|arg| arg.to_json()).collect(),
                        truncated: action.truncated,
                        result: action.result.to_json(),
                        errno: &action.errno,
                        dry_run: action.dry_run,
                        duration_us: self.micros(action.duration),
                    },
                )?,
            }
        }
        line(
            out,
            &OutcomeLine {
                r#type: "outcome",
                recipe,
                reaction,
                uuid,
                format: format_of(outcome),
                status: outcome.status.name(),
                error: outcome.error.as_ref().map(ErrorObject::from),
                duration_us: self.micros(outcome.duration),
            },
        )
    }

    fn summary(&mut self, out: &mut dyn Write, summary: &Summary) -> io::Result<()> {
        let figures = &summary.figures;
        let millis = |elapsed: Duration| u64::try_from(elapsed.as_millis()).unwrap_or(u64::MAX);
        line(
            out,
            &SummaryLine {
                r#type: "summary",
                events: figures.events,
                invalid_events: summary.invalid_events,
                detections: figures.detections,
                suppressed: figures.suppressed,
                reactions: figures.reactions,
                errors: figures.errors,
                dropped: figures.dropped,
                elapsed_ms: summary.elapsed.map(millis),
                evicted: (summary.evicted > 0).then_some(summary.evicted),
            },
        )
    }
}
