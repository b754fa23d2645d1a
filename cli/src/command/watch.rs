//! `reactant watch`: what happens on this machine through recipes.

mod coverage;
mod figures;
mod recording;

use std::{
    io,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use indicatif::ProgressBar;
use jiff::Timestamp;
use reactant_core::{clock::RunningClock, packed::Packed, runtime::Runtime, value::Value};
use reactant_sensor::{Content, Live, Source, Stopper};
use signal_hook::{
    consts::{SIGINT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};

use crate::{
    args::{OutputFormat, WatchArgs},
    console::Console,
    enforcement::Enforcement,
    exit::{Exit, Failure},
    output::{Format, Human, Json, Summary},
    recipes::Selection,
    settings::Settings,
    sink::Sink,
    world::{World, tell_what_holds, tell_what_was_cut, tell_what_was_forgotten},
};
use coverage::tell_what_is_watched;
use figures::{SensorLine, tell_what_was_lost};
use recording::Recording;

/// Runs the command.
pub(super) fn watch(console: &Console, args: WatchArgs) -> Result<Exit, Failure> {
    let start = Instant::now();
    let settings = Settings::load(console, &args.policy)?;
    let console = &console.with_log(settings.log);
    let paths = if args.recipes.is_empty() { &settings.recipes } else { &args.recipes };
    if paths.is_empty() {
        return Err(Failure::Usage("name the recipes with -r PATH".to_owned()));
    }
    if args.run_shell || !args.dry_run {
        tell_what_holds(console);
    }
    let data = args.data.as_deref();
    let enforcement = Enforcement::begin(console, args.consent(), &settings, data, "watch")?;
    let World { builder, meter, held } =
        World::new(console, &settings, data, enforcement.as_ref())?;
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
    tell_what_is_watched(console, live.coverage(), &runtime.recipes());
    end_by(live.stopper(), signals, args.duration)
        .map_err(|error| Failure::Problem(format!("cannot wait for signals: {error}")))?;
    let feed = Feed { console, runtime: &runtime, sink: &sink };
    feed.run(&mut live, recording.as_mut(), args.count);
    // Also where nobody reads any more: the programs end before anything is summed up.
    live.stopper().stop();
    while live.next().is_some() {}

    let tables = runtime.table_figures();
    let figures = if sink.is_broken() { runtime.figures() } else { runtime.finish() };
    let evicted = tables.pairs.evicted + tables.flows.evicted + tables.counters.evicted;
    let sensor = live.figures();
    tell_what_was_lost(console, &sensor);
    let summary = Summary { figures, evicted, invalid_events: 0, elapsed: Some(start.elapsed()) };
    let written = sum_up(console, &sink, &SensorLine::new(live.coverage(), &sensor), &summary);
    // Whether or not anybody reads.
    enforcement.map_or(Ok(()), |enforcement| enforcement.end(held))?;
    written?;
    tell_what_was_cut(console, &meter);
    tell_what_was_forgotten(console, &tables);
    let incomplete = recording.is_some_and(|recording| recording.finish(console));
    Ok(Exit::problem_if(rejected || incomplete))
}

fn sum_up(
    console: &Console,
    sink: &Sink,
    sensor: &SensorLine<'_>,
    summary: &Summary,
) -> Result<(), Failure> {
    if console.format == OutputFormat::Json {
        sink.line(&serde_json::to_string(sensor).map_err(io::Error::from)?)?;
    }
    Ok(sink.finish(Some(summary))?)
}

/// What events are handed to.
struct Feed<'a> {
    console: &'a Console,
    runtime: &'a Runtime,
    sink: &'a Sink,
}

impl Feed<'_> {
    /// Hands every event to the runtime, until the source ends, nobody reads, or there were enough detections.
    fn run(&self, live: &mut Live, mut recording: Option<&mut Recording>, count: Option<u64>) {
        let mut record = |object: &Packed| {
            if let Some(recording) = &mut recording {
                recording.write(self.console, object);
            }
        };
        let mut detections = 0;
        while !self.sink.is_broken() {
            let Some(item) = live.next() else { break };
            match item.content {
                Content::Event(event) => {
                    record(event.packed());
                    detections += self.runtime.submit(event).detections as u64;
                    if count.is_some_and(|count| detections >= count) {
                        break;
                    }
                }
                Content::Header(header) => {
                    if let Value::Map(map) = &header
                        && let Some(name) = map.get("hostname").and_then(Value::as_text)
                    {
                        self.runtime.set_hostname(name);
                    }
                    record(&Packed::of(&header));
                }
                _ => {}
            }
        }
    }
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
