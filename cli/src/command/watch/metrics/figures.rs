//! Everything that is measured, gathered at the moment that it is asked for.

use std::{
    collections::BTreeMap,
    fs,
    sync::{Arc, PoisonError, atomic::Ordering},
};

use jiff::Timestamp;
use reactant_core::{
    matcher,
    runtime::{self, Runtime, Status},
};
use reactant_helpers::{budget::Budget, journal::Journal};
use reactant_sensor::live::{self, Gauge};

use super::{
    super::{
        figures::{Lost, losses},
        relay::Relay,
    },
    exposition::{Exposition, Kind},
    observed::Observed,
};

/// What is asked.
pub(in super::super) struct Figures {
    pub(in super::super) observed: Arc<Observed>,
    pub(in super::super) runtime: Arc<Runtime>,
    pub(in super::super) relay: Arc<Relay>,
    pub(in super::super) gauge: Gauge,
    /// Reactions that may wait.
    pub(in super::super) capacity: usize,
    /// `None` where nothing acts.
    pub(in super::super) budget: Option<Arc<Budget>>,
    pub(in super::super) journal: Option<Arc<Journal>>,
    pub(in super::super) started: Timestamp,
}

impl Figures {
    /// The figures now, as Prometheus reads them.
    pub(in super::super) fn text(&self) -> String {
        let (sensor, runtime) = (self.gauge.figures(), self.runtime.figures());
        Told {
            observed: &self.observed,
            lost: losses(&sensor, &runtime, self.relay.dropped()),
            sensor,
            runtime,
            tables: self.runtime.table_figures(),
            queued: self.runtime.queued(),
            capacity: self.capacity,
            memory: self.runtime.memory(),
            recipes: self.runtime.recipes().iter().filter(|recipe| recipe.enabled).count(),
            tripped: self
                .budget
                .as_ref()
                .map_or_else(Vec::new, |budget| budget.tripped().into_keys().collect()),
            journal: self.journal.as_ref().map_or(0, |journal| journal.head().line),
            started: self.started.as_nanosecond() as f64 / 1e9,
            resident: resident(),
        }
        .text()
    }
}

/// Bytes of this process that are in memory (proc_pid_statm(5)).
fn resident() -> u64 {
    let text = fs::read_to_string("/proc/self/statm").unwrap_or_default();
    let pages: u64 = text.split(' ').nth(1).and_then(|pages| pages.parse().ok()).unwrap_or(0);
    pages * rustix::param::page_size() as u64
}

/// The figures of one moment.
pub(super) struct Told<'a> {
    observed: &'a Observed,
    sensor: live::Figures,
    runtime: runtime::Figures,
    tables: matcher::Figures,
    lost: Vec<Lost>,
    queued: usize,
    capacity: usize,
    memory: BTreeMap<&'static str, usize>,
    recipes: usize,
    tripped: Vec<String>,
    /// Lines.
    journal: u64,
    /// In seconds since 1970.
    started: f64,
    /// In bytes.
    resident: u64,
}

impl Told<'_> {
    fn text(&self) -> String {
        let mut to = Exposition::default();
        self.itself(&mut to);
        self.events(&mut to);
        self.reactions(&mut to);
        self.times(&mut to);
        self.losses(&mut to);
        self.tables(&mut to);
        to.finish()
    }

    fn itself(&self, to: &mut Exposition) {
        to.gauge("reactant_build_info", "The version that runs; always 1.")
            .sample(&[("version", env!("CARGO_PKG_VERSION"))], 1);
        to.gauge("process_start_time_seconds", "When the watch began, in seconds since 1970.")
            .sample(&[], self.started);
        to.gauge("process_resident_memory_bytes", "Memory of the process.")
            .sample(&[], self.resident);
        to.gauge("reactant_recipes", "Recipes in force.").sample(&[], self.recipes);
        let count = |counter: &std::sync::atomic::AtomicU64| counter.load(Ordering::Relaxed);
        to.counter(
            "reactant_reloads_total",
            "Times that recipes were loaded again, and are in force or were refused as a whole.",
        )
        .sample(&[("result", "in_force")], count(&self.observed.reloads))
        .sample(&[("result", "refused")], count(&self.observed.refused));
        to.counter("reactant_journal_lines_total", "Lines of the journal of acts.")
            .sample(&[], self.journal);
        to.gauge(
            "reactant_budgets_tripped",
            "Recipes that only simulate: their budget is used up.",
        )
        .sample(&[], self.tripped.len());
        let mut tripped =
            to.gauge("reactant_budget_tripped", "1 for each recipe whose budget is used up.");
        for recipe in &self.tripped {
            tripped.sample(&[("recipe", recipe)], 1);
        }
        let mut memory = to.gauge(
            "reactant_engine_memory_bytes",
            "Memory that the machines of a language hold at rest, their scripts included, over all workers.",
        );
        for (engine, bytes) in &self.memory {
            memory.sample(&[("engine", engine)], bytes);
        }
    }

    fn events(&self, to: &mut Exposition) {
        let mut events = to.counter(
            "reactant_events_total",
            "Events by the actions that they bring, and by what saw them; one that brings several counts for each.",
        );
        for (action, (source, count)) in self.observed.events.get().into_iter().flatten() {
            let labels = [("source", source.as_str()), ("action", *action)];
            events.sample(&labels, count.load(Ordering::Relaxed));
        }
        let mut records = to.counter(
            "reactant_sensor_records_total",
            "What the programs in the kernel decided, by the kind of record.",
        );
        for kind in &self.sensor.kinds {
            for (outcome, count) in [
                ("made", kind.made),
                ("lost", kind.lost),
                ("own", kind.own),
                ("filtered", kind.filtered),
                ("accumulated", kind.accumulated),
                ("evicted", kind.evicted),
            ] {
                records.sample(&[("kind", kind.kind), ("outcome", outcome)], count);
            }
        }
        let mut detections = to.counter("reactant_detections_total", "Recipes that fired.");
        let counts = self.observed.detections.lock().unwrap_or_else(PoisonError::into_inner);
        let counts: BTreeMap<_, _> = counts.iter().collect();
        for (recipe, count) in counts {
            detections.sample(&[("recipe", recipe)], count);
        }
        to.counter("reactant_suppressed_total", "Detections that noise limits held back.")
            .sample(&[], self.runtime.suppressed);
    }

    fn reactions(&self, to: &mut Exposition) {
        let mut reactions =
            to.counter("reactant_reactions_total", "Reactions that ended, and how.");
        let counts = self.observed.reactions.lock().unwrap_or_else(PoisonError::into_inner);
        // What has not happened yet is 0, and not absent: alerts compare with it.
        let engines = self.memory.keys().chain(counts.keys().map(|(engine, _)| engine));
        let engines: std::collections::BTreeSet<_> = engines.collect();
        for engine in engines {
            for status in Status::ALL {
                let count = counts.get(&(*engine, status.name())).unwrap_or(&0);
                reactions.sample(&[("engine", engine), ("status", status.name())], count);
            }
        }
        drop(counts);
        let mut actions =
            to.counter("reactant_actions_total", "Acts of reactions, and what came of them.");
        let counts = self.observed.actions.lock().unwrap_or_else(PoisonError::into_inner);
        for ((helper, result), count) in counts.iter() {
            actions.sample(&[("helper", helper), ("result", result)], count);
        }
    }

    fn times(&self, to: &mut Exposition) {
        for (name, help, histogram) in [
            (
                "reactant_event_to_detection_seconds",
                "From the act to the recipe that fired.",
                &self.observed.to_detection,
            ),
            (
                "reactant_event_to_effect_seconds",
                "From the act to the end of each act that answered it for real.",
                &self.observed.to_effect,
            ),
            (
                "reactant_reaction_duration_seconds",
                "How long reactions ran.",
                &self.observed.reaction,
            ),
        ] {
            to.family(name, Kind::Histogram, help).histogram(&[], &histogram.snapshot());
        }
    }

    fn losses(&self, to: &mut Exposition) {
        let mut dropped = to.counter(
            "reactant_dropped_total",
            "What was lost on the way from an act to its answer and its being told, by stage and reason.",
        );
        for Lost { stage, reason, count } in &self.lost {
            dropped.sample(&[("stage", stage), ("reason", reason)], count);
        }
        to.gauge("reactant_queue_depth", "Reactions that wait or run.").sample(&[], self.queued);
        to.gauge("reactant_queue_capacity", "Reactions that may wait.").sample(&[], self.capacity);
    }

    fn tables(&self, to: &mut Exposition) {
        let live::CacheFigures { hits, misses, evicted, .. } = self.sensor.processes;
        to.counter("reactant_cache_hits_total", "Looked for, and there.")
            .sample(&[("cache", "processes")], hits);
        to.counter("reactant_cache_misses_total", "Looked for, and not there.")
            .sample(&[("cache", "processes")], misses);
        let tables = [
            ("pairs", self.tables.pairs),
            ("flows", self.tables.flows),
            ("noise_limits", self.tables.counters),
        ];
        let mut evictions =
            to.counter("reactant_cache_evictions_total", "Forgotten for want of room.");
        evictions.sample(&[("cache", "processes")], evicted);
        for (cache, figures) in tables {
            evictions.sample(&[("cache", cache)], figures.evicted);
        }
        let mut entries = to.gauge("reactant_cache_entries", "What is remembered.");
        for (cache, figures) in tables {
            entries.sample(&[("cache", cache)], figures.entries);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        io::Write,
        process::{Command, Stdio},
    };

    use serde_json::Value;

    use super::*;

    /// The figures of a watch that has seen little, under names that want to break out of their quotes.
    fn text() -> String {
        let observed = Observed::default();
        let hostile = "a\"b\\c\nd";
        observed.detections.lock().unwrap().insert(hostile.to_owned(), 3);
        observed.reactions.lock().unwrap().insert(("js", "timeout"), 2);
        observed.actions.lock().unwrap().insert(("KillCurrent".to_owned(), "done"), 1);
        observed.to_effect.add(std::time::Duration::from_micros(80));
        Told {
            observed: &observed,
            sensor: live::Figures::default(),
            runtime: runtime::Figures::default(),
            tables: matcher::Figures::default(),
            lost: vec![Lost { stage: "ring", reason: "no room", count: 4 }],
            queued: 1,
            capacity: 8192,
            memory: BTreeMap::from([("js", 1000), ("lua", 2000)]),
            recipes: 38,
            tripped: vec![hostile.to_owned()],
            journal: 7,
            started: 1.5e9,
            resident: 1,
        }
        .text()
    }

    /// A family as the text tells it: its type, and the names of its samples.
    type Families = BTreeMap<String, (String, BTreeSet<String>)>;

    /// Reads the format to the letter, and fails at whatever it does not allow.
    fn parsed(text: &str) -> Families {
        let mut families = Families::new();
        let mut series = BTreeSet::new();
        let mut current: Option<String> = None;
        assert!(text.ends_with('\n'), "the last line ends too");
        let mut helped = None;
        for line in text.lines() {
            if let Some(help) = line.strip_prefix("# HELP ") {
                let (name, help) = help.split_once(' ').unwrap();
                assert!(!help.is_empty() && helped.is_none(), "{line}");
                helped = Some(name.to_owned());
                continue;
            }
            if let Some(kind) = line.strip_prefix("# TYPE ") {
                let (name, kind) = kind.split_once(' ').unwrap();
                assert_eq!(helped.take().as_deref(), Some(name), "HELP stands before TYPE");
                assert!(["counter", "gauge", "histogram"].contains(&kind), "{line}");
                assert_eq!(kind == "counter", name.ends_with("_total"), "{line}");
                let known = families.insert(name.to_owned(), (kind.to_owned(), BTreeSet::new()));
                assert!(known.is_none(), "{name} is told twice");
                current = Some(name.to_owned());
                continue;
            }
            let (labelled, value) = line.rsplit_once(' ').unwrap();
            value.parse::<f64>().unwrap_or_else(|_| panic!("{line}"));
            assert!(series.insert(labelled.to_owned()), "{line} is told twice");
            let name = labelled.split('{').next().unwrap();
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{line}");
            if let Some(labels) = labelled.strip_prefix(name).filter(|labels| !labels.is_empty()) {
                labels_of(labels);
            }
            let family = current.as_deref().unwrap();
            let (kind, samples) = families.get_mut(family).unwrap();
            let part = name.strip_prefix(family).unwrap_or_else(|| panic!("{line} in {family}"));
            let parts: &[&str] =
                if kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
            assert!(parts.contains(&part), "{line}");
            samples.insert(name.to_owned());
        }
        families
    }

    /// The labels between braces.
    fn labels_of(text: &str) -> Vec<(String, String)> {
        let mut rest = text.strip_prefix('{').unwrap().strip_suffix('}').unwrap();
        let mut labels = Vec::new();
        while !rest.is_empty() {
            let (name, quoted) = rest.split_once("=\"").unwrap();
            assert!(name.chars().all(|c| c.is_ascii_lowercase() || c == '_'), "{text}");
            let mut value = String::new();
            let mut chars = quoted.char_indices();
            let end = loop {
                match chars.next().unwrap_or_else(|| panic!("{text}")) {
                    (at, '"') => break at,
                    (_, '\\') => match chars.next().unwrap().1 {
                        'n' => value.push('\n'),
                        escaped @ ('\\' | '"') => value.push(escaped),
                        other => panic!("\\{other} in {text}"),
                    },
                    (_, other) => value.push(other),
                }
            };
            labels.push((name.to_owned(), value));
            rest = &quoted[end + 1..];
            rest = rest.strip_prefix(',').unwrap_or(rest);
        }
        labels
    }

    #[test]
    fn the_text_is_what_the_format_allows() {
        let text = text();
        let families = parsed(&text);
        assert!(families.len() > 20, "{text}");
        let line = text.lines().find(|line| line.starts_with("reactant_budget_tripped{")).unwrap();
        let labels = labels_of(
            line.strip_prefix("reactant_budget_tripped").unwrap().strip_suffix(" 1").unwrap(),
        );
        assert_eq!(labels, [("recipe".to_owned(), "a\"b\\c\nd".to_owned())]);
        for line in [
            "reactant_reactions_total{engine=\"js\",status=\"timeout\"} 2",
            "reactant_reactions_total{engine=\"lua\",status=\"ok\"} 0",
            "reactant_event_to_effect_seconds_bucket{le=\"0.0001\"} 1",
            "reactant_event_to_effect_seconds_bucket{le=\"+Inf\"} 1",
            "reactant_dropped_total{stage=\"ring\",reason=\"no room\"} 4",
            "reactant_recipes 38",
        ] {
            assert!(text.lines().any(|told| told == line), "no {line} in {text}");
        }
    }

    /// Prometheus' own checker, where it is there (Debian's `prometheus`).
    #[test]
    fn prometheus_has_nothing_to_say_against_it() {
        let checker = Command::new("promtool")
            .args(["check", "metrics"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn();
        let Ok(mut checker) = checker else { return };
        checker.stdin.take().unwrap().write_all(text().as_bytes()).unwrap();
        let output = checker.wait_with_output().unwrap();
        assert!(output.status.success() && output.stderr.is_empty(), "{output:?}");
    }

    #[test]
    fn the_dashboard_shows_nothing_that_is_not_measured() {
        let dashboard =
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/package/grafana/reactant.json"));
        let dashboard: Value = serde_json::from_str(dashboard).unwrap();
        let families = parsed(&text());
        let mut asked = BTreeSet::new();
        let mut panels = 0;
        for panel in dashboard["panels"].as_array().unwrap() {
            for target in panel["targets"].as_array().into_iter().flatten() {
                panels += 1;
                let expression = target["expr"].as_str().unwrap();
                let word = |c: char| !(c.is_ascii_alphanumeric() || c == '_');
                let names = expression.split(word);
                asked.extend(
                    names.filter(|word| {
                        word.starts_with("reactant_") || word.starts_with("process_")
                    }),
                );
            }
        }
        assert!(panels >= 10 && asked.len() >= 10, "{asked:?}");
        for name in asked {
            let family = families.iter().find(|(family, (kind, _))| {
                let parts: &[&str] =
                    if kind == "histogram" { &["_bucket", "_sum", "_count"] } else { &[""] };
                parts.iter().any(|part| *name == format!("{family}{part}"))
            });
            assert!(family.is_some(), "{name} is not measured");
        }
    }
}
