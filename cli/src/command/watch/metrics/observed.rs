//! What is counted as events and answers pass.

use std::{
    collections::{BTreeMap, HashMap},
    sync::{
        Mutex, OnceLock, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use jiff::Timestamp;
use reactant_core::{
    audit::{Action, Entry},
    event::{Event, EventType},
    runtime::{Outcome, Report, Status},
    value::Value,
};
use reactant_sensor::live::Coverage;

use super::histogram::Histogram;

/// Recipes that are counted by name; recipes may be replaced for ever, and what is told must not grow.
const RECIPES: usize = 2_000;

/// The name of the others.
const OTHERS: &str = "(others)";

/// Counts since the start.
#[derive(Debug, Default)]
pub(in super::super) struct Observed {
    /// By action, and the source that serves it; empty until that is known.
    pub(super) events: OnceLock<BTreeMap<&'static str, (String, AtomicU64)>>,
    pub(super) detections: Mutex<HashMap<String, u64>>,
    /// By engine and status.
    pub(super) reactions: Mutex<BTreeMap<(&'static str, &'static str), u64>>,
    /// By helper and what came of it.
    pub(super) actions: Mutex<BTreeMap<(String, &'static str), u64>>,
    pub(super) to_detection: Histogram,
    pub(super) to_effect: Histogram,
    pub(super) reaction: Histogram,
    pub(super) reloads: AtomicU64,
    pub(super) refused: AtomicU64,
}

impl Observed {
    /// Says what serves each action: once, before the first event.
    pub(in super::super) fn served_by(&self, coverage: &[Coverage]) {
        let served = coverage.iter().map(|Coverage { subject, source, .. }| {
            let source = source.as_deref().unwrap_or("none").to_owned();
            // An execution is what `execve` is in a recipe.
            let name = if subject.name() == "execution" { "execve" } else { subject.name() };
            (name, (source, AtomicU64::new(0)))
        });
        let _ = self.events.set(served.filter(|(name, _)| *name != "ancestry").collect());
    }

    /// An event was seen.
    pub(in super::super) fn event(&self, event: &Event) {
        let count = |name: &str| {
            if let Some((_, count)) = self.events.get().and_then(|events| events.get(name)) {
                count.fetch_add(1, Ordering::Relaxed);
            }
        };
        match event.event_type() {
            EventType::Execution => count("execve"),
            EventType::FileAccess => event.actions().iter().for_each(|action| count(action.name())),
            EventType::DropIp | EventType::DropDomain => count(event.event_type().name()),
            EventType::NetworkPeer => {
                if let Some(protocol) = event.protocol() {
                    count(protocol.name());
                }
            }
        }
    }

    /// Something was told.
    pub(in super::super) fn report(&self, report: &Report) {
        match report {
            Report::Detection(detection) => {
                if let Some(time) = detection.event.timestamp() {
                    self.to_detection.add(since(time, Timestamp::now()));
                }
                let mut counts = self.detections.lock().unwrap_or_else(PoisonError::into_inner);
                let name = &*detection.recipe.name;
                let known = counts.len() < RECIPES || counts.contains_key(name);
                *counts.entry(if known { name } else { OTHERS }.to_owned()).or_default() += 1;
            }
            Report::Outcome(outcome) => self.outcome(outcome),
            _ => {}
        }
    }

    fn outcome(&self, outcome: &Outcome) {
        let spec = outcome.detection.recipe.reactions.get(outcome.reaction);
        let engine = spec.map_or("none", |spec| spec.format);
        let status = outcome.status.name();
        let mut reactions = self.reactions.lock().unwrap_or_else(PoisonError::into_inner);
        *reactions.entry((engine, status)).or_default() += 1;
        drop(reactions);
        if outcome.status != Status::Denied {
            self.reaction.add(outcome.duration);
        }
        for entry in &outcome.entries {
            let Entry::Action(action) = entry else { continue };
            let result = result(action);
            let mut actions = self.actions.lock().unwrap_or_else(PoisonError::into_inner);
            *actions.entry((action.helper.clone(), result)).or_default() += 1;
            drop(actions);
            if result == "done"
                && let Some(time) = outcome.detection.event.timestamp()
            {
                self.to_effect.add(since(time, action.time) + action.duration);
            }
        }
    }

    /// The recipes were loaded again, and are in force or refused.
    pub(in super::super) fn reload(&self, in_force: bool) {
        let count = if in_force { &self.reloads } else { &self.refused };
        count.fetch_add(1, Ordering::Relaxed);
    }
}

/// What came of an act.
fn result(action: &Action) -> &'static str {
    match &action.result {
        Value::Int(number) if *number < 0 => "failed",
        Value::Text(text) if text.is_empty() => "failed",
        _ if action.dry_run => "simulated",
        Value::Int(1) => "already",
        _ => "done",
    }
}

/// A clock that was set back meanwhile makes no time pass.
fn since(event: Timestamp, now: Timestamp) -> Duration {
    Duration::try_from(now.duration_since(event)).unwrap_or_default()
}
