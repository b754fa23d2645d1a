//! What happened, beside what had to.

use std::fmt::{Debug, Write as _};

use reactant_core::{
    audit::Entry,
    runtime::{Outcome, Status},
    value::Value,
};

use crate::case::{Expect, Lines, Word};

/// Writes down where an outcome is not as expected. The record of a `started` program stands before all that it did.
pub(crate) fn compare(
    faults: &mut String,
    who: &str,
    outcome: &Outcome,
    expect: &Expect,
    started: bool,
) {
    let mut differ = |what: &str, got: &dyn Debug, want: &dyn Debug| {
        let _ = writeln!(faults, "{who}: {what}\n     is {got:?}\n  wants {want:?}");
    };
    let status = outcome.status.name();
    let want = expect.status.as_deref().unwrap_or("ok");
    if !want.split('|').any(|want| want == status) {
        differ("status", &(status, &outcome.error), &want);
    }
    let fault = outcome.error.as_ref();
    let message = fault.map(|fault| fault.message.as_str()).unwrap_or_default();
    if let Some(part) = expect.error.as_deref().filter(|part| !message.contains(part)) {
        differ("error", &message, &part);
    }
    if let Some(most) = expect.error_at_most.filter(|most| message.len() > *most) {
        differ("length of the error", &message.len(), &most);
    }
    if let Some(at) = &expect.at {
        let text = |number: Option<u32>| number.map_or("?".to_owned(), |number| number.to_string());
        let line = text(fault.and_then(|fault| fault.line));
        let column = text(fault.and_then(|fault| fault.column));
        if *at != line && *at != format!("{line}:{column}") {
            differ("place", &(format!("{line}:{column}"), message), at);
        }
    }
    if let Some(trace) = &expect.trace {
        let got = fault.map(|fault| fault.trace.as_str()).unwrap_or_default();
        let lines: Vec<&str> = got.lines().take(trace.len()).collect();
        if lines.len() != trace.len() || !lines.iter().zip(trace).all(|(got, want)| fits(got, want))
        {
            differ("trace", &got, trace);
        }
    }
    let logs: Vec<String> = outcome.entries.iter().filter_map(log_line).collect();
    match expect.log_count {
        Some(count) if logs.len() != count => differ("count of logs", &logs.len(), &count),
        Some(_) => {}
        None => lines(&mut differ, "log", &logs, expect.log.as_ref()),
    }
    let mut actions: Vec<String> = outcome.entries.iter().filter_map(action_line).collect();
    if started && outcome.status != Status::Denied {
        const START: &str = "Shell() = 0";
        if actions.first().is_some_and(|first| first == START) {
            actions.remove(0);
        } else if outcome.status == Status::Ok || !outcome.entries.is_empty() {
            // A script that does not load is not started.
            differ("first action", &actions.first(), &START);
        }
    }
    lines(&mut differ, "actions", &actions, expect.actions.as_ref());
}

fn lines(
    differ: &mut impl FnMut(&str, &dyn Debug, &dyn Debug),
    what: &str,
    got: &[String],
    want: Option<&Lines>,
) {
    let want = match want {
        Some(Lines::Word(Word::Any)) => return,
        Some(Lines::These(want)) => want.as_slice(),
        None => &[],
    };
    if got.len() != want.len() || !got.iter().zip(want).all(|(got, want)| fits(got, want)) {
        differ(what, &got, &want);
    }
}

/// Whether a text is as wanted, where `[...]` stands for anything.
fn fits(got: &str, want: &str) -> bool {
    let mut parts = want.split("[...]");
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = got.strip_prefix(first) else { return false };
    let mut last = None;
    for part in parts {
        last = Some(part);
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    match last {
        None => rest.is_empty(),
        Some(part) => got.ends_with(part),
    }
}

fn log_line(entry: &Entry) -> Option<String> {
    match entry {
        Entry::Log { level, message } => {
            Some(format!("{}: {message}", format!("{level:?}").to_lowercase()))
        }
        Entry::Action(_) => None,
    }
}

fn action_line(entry: &Entry) -> Option<String> {
    let Entry::Action(action) = entry else { return None };
    let cut = if action.truncated { "~" } else { "" };
    let args: Vec<String> = action.args.iter().map(Value::to_string).collect();
    let errno = if action.errno.is_empty() { String::new() } else { format!(": {}", action.errno) };
    Some(format!("{cut}{}({}) = {}{errno}", action.helper, args.join(", "), action.result))
}
