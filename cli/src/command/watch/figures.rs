//! What the sensor counted, and what it lost.

use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

use reactant_core::runtime;
use reactant_sensor::live::{Coverage, Figures};
use serde::Serialize;

use crate::console::Console;

/// What was lost between an act and its answer being told: at every stage, for every reason.
pub(super) fn losses(sensor: &Figures, runtime: &runtime::Figures, unwritten: u64) -> Vec<Lost> {
    let of_sensor = sensor.lost.iter().map(|loss| Lost {
        stage: loss.stage,
        reason: loss.reason,
        count: loss.count,
    });
    let dropped = runtime.dropped_for;
    let later = [
        ("queue", "as many reactions waited as may", dropped.full),
        ("queue", "the events of reactions took all the memory they may", dropped.large),
        ("queue", "the watch ended", dropped.cancelled),
        ("output", "nobody read it in time", unwritten),
    ];
    let later = later.into_iter().filter(|(.., count)| *count > 0);
    of_sensor.chain(later.map(|(stage, reason, count)| Lost { stage, reason, count })).collect()
}

/// Something that was lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub(super) struct Lost {
    pub(super) stage: &'static str,
    pub(super) reason: &'static str,
    pub(super) count: u64,
}

/// Says what is lost while it happens, and not too often.
#[derive(Debug, Default)]
pub(super) struct Warnings {
    told: Vec<Lost>,
    last: Option<Instant>,
}

impl Warnings {
    /// Between two warnings.
    const PAUSE: Duration = Duration::from_secs(10);

    /// Tells what is new, if it is time.
    pub(super) fn tell(&mut self, console: &Console, now: Instant, losses: Vec<Lost>) {
        let early = self.last.is_some_and(|last| now.duration_since(last) < Warnings::PAUSE);
        let new: Vec<String> = self.untold(&losses).iter().map(Lost::to_string).collect();
        if early || new.is_empty() {
            return;
        }
        console.warn("lost", &format!("lost: {}", new.join("; ")));
        self.last = Some(now);
        self.told = losses;
    }

    /// What was not told yet.
    fn untold(&self, losses: &[Lost]) -> Vec<Lost> {
        let told = |loss: &Lost| {
            let same = |told: &&Lost| (told.stage, told.reason) == (loss.stage, loss.reason);
            self.told.iter().find(same).map_or(0, |told| told.count)
        };
        let more = losses.iter().map(|loss| Lost { count: loss.count - told(loss), ..*loss });
        more.filter(|loss| loss.count > 0).collect()
    }
}

impl std::fmt::Display for Lost {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} ({}, {})", self.count, self.stage, self.reason)
    }
}

/// Tells what was lost in all, and to who asks for more what was seen.
pub(super) fn tell_what_was_lost(console: &Console, figures: &Figures, losses: &[Lost]) {
    for Lost { stage, reason, count } in losses {
        console.warn("lost", &format!("{count} lost: {stage}, {reason}"));
    }
    let Figures { made, read, events, own, unresolved, .. } = figures;
    let cache = figures.processes;
    console.note(&format!(
        "sensor: {made} records made, {read} read, {events} events, {own} own acts not told, {unresolved} paths only as they were written"
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
    /// Paths that are only what a process wrote.
    unresolved: u64,
    /// Also what reactions and the output lost.
    lost: &'a [Lost],
    processes: CacheObject,
}

#[derive(Serialize)]
struct CacheObject {
    hits: u64,
    misses: u64,
    evicted: u64,
}

impl<'a> SensorLine<'a> {
    pub(super) fn new(
        coverage: &'a [Coverage],
        figures: &Figures,
        lost: &'a [Lost],
    ) -> SensorLine<'a> {
        let served = coverage.iter().filter_map(|coverage| {
            Some((coverage.subject.name(), coverage.source.as_deref().ok()?))
        });
        let unserved = coverage.iter().filter_map(|coverage| {
            Some((coverage.subject.name(), coverage.source.as_deref().err()?.as_str()))
        });
        SensorLine {
            r#type: "sensor",
            sources: served.collect(),
            unwatched: unserved.collect(),
            made: figures.made,
            read: figures.read,
            events: figures.events,
            own: figures.own,
            unresolved: figures.unresolved,
            lost,
            processes: CacheObject {
                hits: figures.processes.hits,
                misses: figures.processes.misses,
                evicted: figures.processes.evicted,
            },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_new_is_told_and_not_too_often() {
        let lost = |count| vec![Lost { stage: "ring", reason: "no room", count }];
        let mut warnings = Warnings::default();
        let start = Instant::now();
        let console = Console::silent();
        warnings.tell(&console, start, lost(3));
        assert_eq!(warnings.untold(&lost(3)), []);
        warnings.tell(&console, start + Duration::from_secs(1), lost(5));
        assert_eq!(warnings.untold(&lost(5)), lost(2), "it is too early to tell");
        warnings.tell(&console, start + Warnings::PAUSE, lost(9));
        assert_eq!(warnings.untold(&lost(10)), lost(1));
    }
}
