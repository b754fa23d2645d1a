//! `reactant watch`: what happens on this machine through recipes.

use std::{
    collections::BTreeMap,
    fs::{File, OpenOptions, Permissions},
    io::{self, Write},
    os::unix::fs::{OpenOptionsExt, PermissionsExt},
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use indicatif::ProgressBar;
use jiff::Timestamp;
use reactant_core::{
    clock::RunningClock,
    event::{Action, ActionSet},
    packed::Packed,
    recipe::{How, Mechanism, Recipe},
    runtime::Runtime,
    value::Value,
};
use reactant_sensor::{
    Content, Live, Source, Stopper,
    live::{Coverage, Figures, Subject},
};
use serde::Serialize;
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};

use crate::{
    args::{OutputFormat, WatchArgs},
    console::Console,
    exit::{Exit, Failure},
    output::{Format, Human, Json, Summary},
    recipes::Selection,
    settings::Settings,
    sink::Sink,
    world::{World, tell_what_holds, tell_what_was_cut, tell_what_was_forgotten},
};

/// Runs the command.
pub(super) fn watch(console: &Console, args: WatchArgs) -> Result<Exit, Failure> {
    let start = Instant::now();
    if !args.dry_run {
        return Err(Failure::Usage(
            "`watch` does not act for real yet: say --dry-run, and it tells what it would do"
                .to_owned(),
        ));
    }
    let settings = Settings::load(console, &args.policy)?;
    let console = &console.with_log(settings.log);
    let paths = if args.recipes.is_empty() { &settings.recipes } else { &args.recipes };
    if paths.is_empty() {
        return Err(Failure::Usage("name the recipes with -r PATH".to_owned()));
    }
    if args.run_shell {
        tell_what_holds(console);
    }
    let World { builder, meter, held: _held } =
        World::new(console, &settings, args.data.as_deref(), None)?;
    let builder = builder.clock(RunningClock(Timestamp::now));
    let loaded = builder.load(paths);
    loaded.diagnostics.iter().for_each(|diagnostic| console.diagnostic(diagnostic));
    let rejected = loaded.has_errors();
    let selection = Selection { only: &args.only, include_disabled: args.include_disabled };
    let recipes = selection.choose(console, loaded.recipes)?;

    let format: Box<dyn Format> = match console.format {
        OutputFormat::Human => Box::new(Human::new(console, true)),
        OutputFormat::Json => Box::new(Json { events: args.events_out, timings: true }),
    };
    // Somebody waits for each line; and where reactions are dropped under pressure, no line can wait for its turn.
    let out = io::BufWriter::with_capacity(64 << 10, io::stdout());
    let sink = Arc::new(Sink::new(out, format, false, true, ProgressBar::hidden()));
    let reporter = Arc::clone(&sink);
    let runtime = builder
        .recipes(recipes)
        .run_shell(args.run_shell)
        .workers(thread::available_parallelism().map_or(2, usize::from).max(2))
        .queue(settings.queue.capacity, settings.queue.full)
        .on_report(move |report| reporter.report(report))
        .build()
        .map_err(|error| Failure::Problem(error.to_string()))?;

    // From here on a signal ends the watch, and not the process.
    let signals = Signals::new([SIGTERM, SIGINT]);
    let signals = signals.map_err(|error| Failure::Problem(format!("signals: {error}")))?;
    let mut live = Live::start().map_err(|error| Failure::Problem(error.to_string()))?;
    // Not before: what an earlier watch recorded stays where this one sees nothing.
    let mut recording = args.record.as_deref().map(Recording::new).transpose()?;
    tell_what_is_watched(console, live.coverage(), runtime.recipes());
    end_by(live.stopper(), signals, args.duration)
        .map_err(|error| Failure::Problem(format!("cannot wait for signals: {error}")))?;
    let fed = feed(&mut live, &runtime, &sink, recording.as_mut(), args.count);
    // Also where something went wrong: the programs end before anything is summed up.
    live.stopper().stop();
    while live.next().is_some() {}

    let tables = runtime.table_figures();
    let figures = if sink.is_broken() { runtime.figures() } else { runtime.finish() };
    let evicted = tables.pairs.evicted + tables.flows.evicted + tables.counters.evicted;
    let sensor = live.figures();
    tell_what_was_lost(console, &sensor);
    if console.format == OutputFormat::Json {
        sink.line(
            &serde_json::to_string(&SensorLine::new(live.coverage(), &sensor))
                .map_err(io::Error::from)?,
        )?;
    }
    sink.finish(Some(&Summary {
        figures,
        evicted,
        invalid_events: 0,
        elapsed: Some(start.elapsed()),
    }))?;
    fed?;
    tell_what_was_cut(console, &meter);
    tell_what_was_forgotten(console, &tables);
    Ok(Exit::problem_if(rejected))
}

/// Hands every event to the runtime.
fn feed(
    live: &mut Live,
    runtime: &Runtime,
    sink: &Sink,
    mut recording: Option<&mut Recording<'_>>,
    count: Option<u64>,
) -> Result<(), Failure> {
    let mut detections = 0;
    while !sink.is_broken() {
        let Some(item) = live.next() else { break };
        match item.content {
            Content::Event(event) => {
                if let Some(recording) = &mut recording {
                    recording.write(event.packed())?;
                }
                detections += runtime.submit(event).detections as u64;
                if count.is_some_and(|count| detections >= count) {
                    break;
                }
            }
            Content::Header(header) => {
                if let Value::Map(map) = &header
                    && let Some(name) = map.get("hostname").and_then(Value::as_text)
                {
                    runtime.set_hostname(name);
                }
                if let Some(recording) = &mut recording {
                    recording.write(&Packed::of(&header))?;
                }
            }
            _ => {}
        }
    }
    Ok(())
}

/// Stops the source at the first signal, or when its time is over. A second signal ends the process, whatever is still being answered.
fn end_by(stopper: Stopper, mut signals: Signals, time: Option<Duration>) -> io::Result<()> {
    let by_signal = stopper.clone();
    thread::Builder::new().name("signals".to_owned()).spawn(move || {
        let mut stopped = false;
        for signal in signals.forever() {
            if stopped {
                let _ = emulate_default_handler(signal);
            }
            by_signal.stop();
            stopped = true;
        }
    })?;
    if let Some(time) = time {
        thread::Builder::new().name("duration".to_owned()).spawn(move || {
            thread::sleep(time);
            stopper.stop();
        })?;
    }
    Ok(())
}

/// A file of events, each written before it is answered.
struct Recording<'a> {
    path: &'a Path,
    file: File,
}

impl Recording<'_> {
    fn new(path: &Path) -> Result<Recording<'_>, Failure> {
        // Arguments and environments hold secrets.
        let mut options = OpenOptions::new();
        let file = options.write(true).create(true).truncate(true).mode(0o600).open(path);
        let failed = |error| Failure::Problem(format!("--record: {}: {error}", path.display()));
        let file = file.map_err(failed)?;
        if file.metadata().map_err(failed)?.is_file() {
            // One that was there keeps its mode otherwise.
            file.set_permissions(Permissions::from_mode(0o600)).map_err(failed)?;
        }
        Ok(Recording { path, file })
    }

    fn write(&mut self, object: &Packed) -> Result<(), Failure> {
        let line = object.root().to_json_exact() + "\n";
        self.file.write_all(line.as_bytes()).map_err(|error| {
            Failure::Problem(format!("--record: {}: {error}", self.path.display()))
        })
    }
}

/// Tells what serves each subject, and which recipes wait for what nothing watches.
fn tell_what_is_watched(console: &Console, coverage: &[Coverage], recipes: &[Arc<Recipe>]) {
    let mut unwatched: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    let mut actions = ActionSet::EMPTY;
    let mut flows = false;
    for Coverage { subject, source, .. } in coverage {
        match source {
            Ok(source) => console.note(&format!("{}: {source}", subject.name())),
            Err(reason) => unwatched.entry(reason).or_default().push(subject.name()),
        }
        match subject {
            Subject::Execution if source.is_ok() => actions.insert(Action::Execve),
            Subject::File(action) if source.is_ok() => actions.insert(*action),
            Subject::Flow(_) => flows |= source.is_ok(),
            _ => {}
        }
    }
    for (reason, names) in unwatched {
        console.note(&format!("{reason}: {}", names.join(", ")));
    }
    let in_vain = |recipe: &&Arc<Recipe>| recipe.enabled && waits_in_vain(recipe, actions, flows);
    let names: Vec<_> = recipes.iter().filter(in_vain).map(|recipe| &*recipe.name).collect();
    if !names.is_empty() {
        let what = format!(
            "nothing watches what {} wait{} for: {}",
            if names.len() == 1 { "this recipe" } else { "these recipes" },
            if names.len() == 1 { "s" } else { "" },
            names.join(", "),
        );
        console.warn("unwatched-recipe", &what);
    }
}

/// Whether no event of these actions, or no flow, can make the recipe fire.
fn waits_in_vain(recipe: &Recipe, actions: ActionSet, flows: bool) -> bool {
    let wanted = recipe.file.actions;
    match recipe.mechanism {
        Mechanism::Execution => !actions.contains(Action::Execve),
        Mechanism::NetworkPeers => !flows,
        Mechanism::Baseline => false,
        Mechanism::FileAccess if wanted.is_empty() => actions.is_empty(),
        Mechanism::FileAccess if recipe.file.how == How::All => {
            !wanted.difference(actions).is_empty()
        }
        Mechanism::FileAccess => wanted.intersection(actions).is_empty(),
    }
}

fn tell_what_was_lost(console: &Console, figures: &Figures) {
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
struct SensorLine<'a> {
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
    fn new(coverage: &'a [Coverage], figures: &Figures) -> SensorLine<'a> {
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
