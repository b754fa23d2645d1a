//! What the sensor counted, and what it lost.

use std::collections::BTreeMap;

use reactant_sensor::live::{Coverage, Figures};
use serde::Serialize;

use crate::console::Console;

/// Tells what was lost, and to who asks for more what was seen.
pub(super) fn tell_what_was_lost(console: &Console, figures: &Figures) {
    for loss in &figures.lost {
        let what = format!("{} lost: {}, {}", loss.count, loss.stage, loss.reason);
        console.warn("lost", &what);
    }
    let Figures { made, read, events, own, .. } = figures;
    let cache = figures.processes;
    console.note(&format!(
        "sensor: {made} records made, {read} read, {events} events, {own} own acts not told"
    ));
    console.note(&format!(
        "process table: {} hits, {} misses, {} evicted",
        cache.hits, cache.misses, cache.evicted
    ));
}

/// What the sensor did; stands before the summary.
#[derive(Serialize)]
pub(super) struct SensorLine<'a> {
    r#type: &'static str,
    /// What serves each subject that is watched.
    sources: BTreeMap<&'static str, &'a str>,
    /// Why the others are not.
    unwatched: BTreeMap<&'static str, &'a str>,
    made: u64,
    read: u64,
    events: u64,
    own: u64,
    lost: Vec<LossObject>,
    processes: CacheObject,
}

#[derive(Serialize)]
struct LossObject {
    stage: &'static str,
    reason: &'static str,
    count: u64,
}

#[derive(Serialize)]
struct CacheObject {
    hits: u64,
    misses: u64,
    evicted: u64,
}

impl<'a> SensorLine<'a> {
    pub(super) fn new(coverage: &'a [Coverage], figures: &Figures) -> SensorLine<'a> {
        let served = coverage.iter().filter_map(|coverage| {
            Some((coverage.subject.name(), coverage.source.as_deref().ok()?))
        });
        let unserved = coverage.iter().filter_map(|coverage| {
            Some((coverage.subject.name(), coverage.source.as_deref().err()?.as_str()))
        });
        let lost = figures.lost.iter().map(|loss| LossObject {
            stage: loss.stage,
            reason: loss.reason,
            count: loss.count,
        });
        SensorLine {
            r#type: "sensor",
            sources: served.collect(),
            unwatched: unserved.collect(),
            made: figures.made,
            read: figures.read,
            events: figures.events,
            own: figures.own,
            lost: lost.collect(),
            processes: CacheObject {
                hits: figures.processes.hits,
                misses: figures.processes.misses,
                evicted: figures.processes.evicted,
            },
        }
    }
}
