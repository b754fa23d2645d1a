//! `reactant watch`: what happens on this machine through recipes.

mod changes;
mod coverage;
mod figures;
mod metrics;
mod recording;
mod relay;
mod reload;
mod supervisor;
mod verdicts;

use std::{
    io,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
        mpsc::{SyncSender, sync_channel},
    },
    thread,
    time::{Duration, Instant},
};

use indicatif::ProgressBar;
use jiff::Timestamp;
use reactant_core::{clock::RunningClock, packed::Packed, runtime::Runtime, value::Value};
use reactant_sensor::{
    Content, Live, Source, Stopper,
    live::{Gauge, Next},
};
use signal_hook::{
    consts::{SIGHUP, SIGINT, SIGTERM},
    iterator::Signals,
    low_level::emulate_default_handler,
};

use crate::{
    args::{OutputFormat, WatchArgs},
    console::Console,
    enforcement::Enforcement,
    exit::{Exit, Failure},
    netpolicy::InForce,
    output::{Format, Human, Json, Summary},
    privileges::{self, Plan},
    settings::Settings,
    sink::Sink,
    world::{World, tell_what_holds, tell_what_was_cut, tell_what_was_forgotten},
};
use changes::{Change, Changes};
use coverage::{interest, tell_what_is_watched, tell_what_waits_in_vain};
use figures::{SensorLine, Warnings, losses, tell_what_was_lost};
use metrics::Observed;
use recording::Recording;
use relay::Relay;
use reload::{Freshness, Loaded, Recipes, Reloader};
use supervisor::Supervisor;
use verdicts::{Asking, Decided};

/// Runs the command.
pub(super) fn watch(console: &Console, args: WatchArgs) -> Result<Exit, Failure> {
    let start = Instant::now();
    let settings = Settings::load(console, &args.policy)?;
    let console = &console.with_log(settings.log);
    let paths =
        if args.recipes.is_empty() { settings.recipes.clone() } else { args.recipes.clone() };
    if paths.is_empty() {
        return Err(Failure::Usage("name the recipes with -r PATH".to_owned()));
    }
    let (consent, data) = (args.consent(), args.data.as_deref());
    let plan = Plan {
        settings: &settings,
        acts: consent.is_some(),
        watches: true,
        run_shell: args.run_shell,
        writes: data.is_some() || settings.data.is_some() || args.record.is_some(),
    };
    let rights = privileges::give_up(console, &plan)?;
    if args.run_shell || !args.dry_run {
        tell_what_holds(console);
    }
    let enforcement = Enforcement::begin(console, consent, &settings, data, "watch")?;
    privileges::tell(console, &plan, &rights);
    let policy = InForce::read(console, &settings)?;
    let policy = policy.uphold(console, &settings, consent.is_some())?;
    let World { builder, meter, held } =
        World::new(console, &settings, data, enforcement.as_ref(), &policy)?;
    let builder = builder.clock(RunningClock(Timestamp::now));
    let (change, changed) = sync_channel(1);
    let recipes = Recipes {
        loader: builder.loader(),
        paths,
        only: args.only.clone(),
        include_disabled: args.include_disabled,
        changes: changes(console, change.clone()),
    };
    recipes.follow_names();
    let Loaded { recipes: chosen, rejected, failure } = recipes.load(console);
    if let Some(failure) = failure {
        return Err(failure);
    }

    let format: Box<dyn Format> = match console.format {
        OutputFormat::Human => Box::new(Human::new(console, true)),
        OutputFormat::Json => Box::new(Json { events: args.events_out, timings: true }),
    };
    // Somebody waits for each line; and where reactions are dropped under pressure, no line can wait for its turn.
    let out = io::BufWriter::with_capacity(64 << 10, io::stdout());
    let sink = Arc::new(Sink::new(out, format, false, true, ProgressBar::hidden()));
    let unstarted = |error| Failure::Problem(format!("a thread cannot be started: {error}"));
    let relay = Arc::new(Relay::start(Arc::clone(&sink)).map_err(unstarted)?);
    let observed = Arc::new(Observed::default());
    let (reporter, observer) = (Arc::clone(&relay), Arc::clone(&observed));
    let (decides, mut decided) = verdicts::decided();
    let runtime = builder
        .recipes(chosen.unwrap_or_default())
        .run_shell(args.run_shell)
        .workers(thread::available_parallelism().map_or(2, usize::from).max(2))
        .queue(settings.queue.capacity, settings.queue.full)
        .verdicts(settings.verdicts.workers, settings.verdicts.queue)
        .on_report(move |report| {
            decides(&report);
            observer.report(&report);
            reporter.report(report);
        })
        .build()
        .map_err(|error| Failure::Problem(error.to_string()))?;
    let runtime = Arc::new(runtime);
    // The first event is answered as soon as any other.
    let _ = runtime.prepare();

    // From here on a signal ends the watch, and not the process.
    let signals = Signals::new([SIGTERM, SIGINT, SIGHUP]);
    let signals = signals.map_err(|error| Failure::Problem(format!("signals: {error}")))?;
    let interest = interest(&runtime.recipes(), args.record_all);
    let mut live = Live::start(&interest).map_err(|error| Failure::Problem(error.to_string()))?;
    // Not before: what an earlier watch recorded stays where this one sees nothing.
    let mut recording = args.record.as_deref().map(Recording::new).transpose()?;
    tell_what_is_watched(console, live.coverage());
    tell_what_waits_in_vain(console, live.coverage(), &runtime.recipes());

    let asking = Asking::new(console, settings.verdicts.clone(), !args.dry_run);
    asking.follow(&runtime);
    let asking = Arc::new(asking);

    let supervisor = Arc::new(Supervisor::of_environment());
    let state = Arc::new(Freshness::default());
    state.rejected.store(rejected, Ordering::Relaxed);
    observed.served_by(live.coverage());
    let feed = Feed {
        console,
        runtime: &runtime,
        sink: &sink,
        observed: &observed,
        policy: &policy,
        pulse: Arc::default(),
    };
    if let Some(address) = args.metrics.or(settings.metrics) {
        let figures = metrics::Figures {
            observed: Arc::clone(&observed),
            runtime: Arc::clone(&runtime),
            relay: Arc::clone(&relay),
            gauge: live.gauge(),
            capacity: settings.queue.capacity,
            budget: enforcement.as_ref().map(|enforcement| Arc::clone(&enforcement.budget)),
            journal: enforcement.as_ref().map(|enforcement| Arc::clone(&enforcement.journal)),
            started: Timestamp::now(),
        };
        let asked = Arc::clone(&asking);
        let text = move || figures.text() + &metrics::verdicts(asked.figures().as_ref());
        let bound = metrics::serve(address, text).map_err(|error| {
            Failure::Problem(format!("--metrics: cannot listen on {address}: {error}"))
        })?;
        console.inform(&format!("metrics at http://{bound}/metrics"));
    }
    let end = End { stopper: live.stopper(), supervisor: Arc::clone(&supervisor) };
    let reloader = Reloader {
        console: *console,
        recipes,
        runtime: Arc::clone(&runtime),
        relay: Arc::clone(&relay),
        observed: Arc::clone(&observed),
        coverage: live.coverage().to_vec(),
        filter: live.filter(),
        everything: args.record_all,
        supervisor: Arc::clone(&supervisor),
        state: Arc::clone(&state),
        asking: Arc::clone(&asking),
    };
    let begun = begin("signals", move || end.by_signals(signals, &change))
        .and_then(|()| begin("recipes", move || reloader.run(&changed)))
        .and_then(|()| prove_life(&supervisor, &feed.pulse, live.gauge()))
        .and_then(|()| warn_of_losses(*console, &runtime, &relay, live.gauge()))
        .and_then(|()| match args.duration {
            Some(time) => begin("duration", stop_after(live.stopper(), time)),
            None => Ok(()),
        });
    begun.map_err(unstarted)?;
    supervisor.ready();
    feed.run(&mut live, &mut decided, recording.as_mut(), args.count);
    // Also where nobody reads any more: the programs end before anything is summed up.
    state.ending.store(true, Ordering::Relaxed);
    supervisor.stopping();
    live.stopper().stop();
    while live.next().is_some() {}

    let verdicts = asking.end();
    let tables = runtime.table_figures();
    if !sink.is_broken() {
        let _ = runtime.drain();
        let _ = decided.take(|event| {
            if let Some(recording) = &mut recording {
                recording.write(console, event.packed());
            }
        });
    }
    let figures = runtime.figures();
    let evicted = tables.pairs.evicted + tables.flows.evicted + tables.counters.evicted;
    let sensor = live.figures();
    let unwritten = relay.finish();
    let lost = losses(&sensor, &figures, relay.dropped() + unwritten as u64);
    tell_what_was_lost(console, &sensor, &lost);
    let summary = Summary { figures, evicted, invalid_events: 0, elapsed: Some(start.elapsed()) };
    let about = SensorLine::new(live.coverage(), &sensor, &lost);
    if let Some(verdicts) = &verdicts {
        verdicts::tell(console, verdicts);
    }
    // Where nobody takes what is written, nobody would take this.
    let written = if unwritten == 0 {
        sum_up(console, &sink, verdicts.as_ref(), &about, &summary)
    } else {
        Ok(())
    };
    policy.end(console);
    // Whether or not anybody reads.
    enforcement.map_or(Ok(()), |enforcement| enforcement.end(console, held))?;
    written?;
    tell_what_was_cut(console, &meter);
    tell_what_was_forgotten(console, &tables);
    decided.finish(console);
    let incomplete = recording.is_some_and(|recording| recording.finish(console));
    let rejected = state.rejected.load(Ordering::Relaxed);
    Ok(Exit::problem_if(rejected || incomplete || unwritten > 0))
}

/// What tells of changes; without it only SIGHUP has recipes loaded again.
fn changes(console: &Console, change: SyncSender<Change>) -> Option<Changes> {
    let told = |error: io::Error| {
        let what =
            format!("changes of recipes are not seen: {error}; SIGHUP has them loaded again");
        console.warn("unseen-changes", &what);
    };
    Changes::start(change).map_err(told).ok()
}

/// Starts a thread that nobody waits for.
fn begin(name: &str, run: impl FnOnce() + Send + 'static) -> io::Result<()> {
    thread::Builder::new().name(name.to_owned()).spawn(run).map(drop)
}

/// What ends the watch.
struct End {
    stopper: Stopper,
    supervisor: Arc<Supervisor>,
}

impl End {
    /// Stops the source at the first signal; a second one ends the process, whatever is still being answered. SIGHUP has the recipes loaded again.
    fn by_signals(self, mut signals: Signals, change: &SyncSender<Change>) {
        let mut stopped = false;
        for signal in signals.forever() {
            if signal == SIGHUP {
                // Where one waits already, this is the same.
                let _ = change.try_send(Change);
                continue;
            }
            if stopped {
                let _ = emulate_default_handler(signal);
            }
            self.supervisor.stopping();
            self.stopper.stop();
            stopped = true;
        }
    }
}

fn stop_after(stopper: Stopper, time: Duration) -> impl FnOnce() + Send + 'static {
    move || {
        thread::sleep(time);
        stopper.stop();
    }
}

/// Tells of losses while they happen.
fn warn_of_losses(
    console: Console,
    runtime: &Arc<Runtime>,
    relay: &Arc<Relay>,
    gauge: Gauge,
) -> io::Result<()> {
    let (runtime, relay) = (Arc::clone(runtime), Arc::clone(relay));
    begin("losses", move || {
        let mut warnings = Warnings::default();
        loop {
            thread::sleep(Duration::from_secs(1));
            let losses = losses(&gauge.figures(), &runtime.figures(), relay.dropped());
            warnings.tell(&console, Instant::now(), losses);
        }
    })
}

/// Tells the service manager that all is well, twice as often as it wants to hear it, as long as the sensor looks at its ring and events are handed on.
fn prove_life(
    supervisor: &Arc<Supervisor>,
    pulse: &Arc<AtomicU64>,
    gauge: Gauge,
) -> io::Result<()> {
    let Some(interval) = supervisor.watchdog else { return Ok(()) };
    let (supervisor, pulse) = (Arc::clone(supervisor), Arc::clone(pulse));
    begin("watchdog", move || {
        let mut last = (0, 0);
        loop {
            thread::sleep(interval / 2);
            let now = (gauge.turns(), pulse.load(Ordering::Relaxed));
            if now.0 != last.0 && now.1 != last.1 {
                supervisor.alive();
            }
            last = now;
        }
    })
}

fn sum_up(
    console: &Console,
    sink: &Sink,
    verdicts: Option<&verdicts::Figures>,
    sensor: &SensorLine<'_>,
    summary: &Summary,
) -> Result<(), Failure> {
    if console.format == OutputFormat::Json {
        if let Some(verdicts) = verdicts {
            sink.line(&verdicts::line(verdicts)?)?;
        }
        sink.line(&serde_json::to_string(sensor).map_err(io::Error::from)?)?;
    }
    Ok(sink.finish(Some(summary))?)
}

/// The header of a recording in which acts were asked about before they happened, where recipes decide any: those look past what has happened.
fn asked(mut header: Value) -> Value {
    if let Value::Map(map) = &mut header {
        map.insert("asked".into(), Value::Bool(true));
    }
    header
}

/// What events are handed to.
struct Feed<'a> {
    console: &'a Console,
    runtime: &'a Runtime,
    sink: &'a Sink,
    observed: &'a Observed,
    policy: &'a InForce,
    /// Grows as long as events are handed on, or would be if there were any.
    pulse: Arc<AtomicU64>,
}

impl Feed<'_> {
    /// Hands every event to the runtime, until the source ends, nobody reads, or there were enough detections.
    fn run(
        &self,
        live: &mut Live,
        decided: &mut Decided,
        mut recording: Option<&mut Recording>,
        count: Option<u64>,
    ) {
        /// Between two signs of life.
        const BEAT: Duration = Duration::from_millis(100);
        let mut record = |object: &Packed| {
            if let Some(recording) = &mut recording {
                recording.write(self.console, object);
            }
        };
        let mut detections = 0;
        while !self.sink.is_broken() {
            self.pulse.fetch_add(1, Ordering::Relaxed);
            for denial in self.policy.denials() {
                // One that is no event is none of a recipe's.
                let Ok(event) = denial.event() else { continue };
                self.observed.event(&event);
                record(event.packed());
                detections += self.runtime.submit(event).detections as u64;
            }
            detections += decided.take(|event| record(event.packed()));
            if count.is_some_and(|count| detections >= count) {
                break;
            }
            let item = match live.next_within(BEAT) {
                Next::Item(item) => item,
                Next::Nothing => continue,
                Next::Ended => break,
            };
            match item.content {
                Content::Event(event) => {
                    self.observed.event(&event);
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
                    record(&Packed::of(&asked(header)));
                }
                _ => {}
            }
        }
    }
}
