//! `reactant run`: recorded events through recipes.

use std::{
    io::{self, IsTerminal},
    path::PathBuf,
    sync::Arc,
    thread,
    time::Instant,
};

use indicatif::ProgressBar;
use jiff::Timestamp;
use reactant_core::{
    clock::RunningClock,
    runtime::{Builder, Runtime},
    value::Value,
};
use reactant_sensor::{Content, Input, Item, Replay, Source};

use crate::{
    args::{ClockChoice, OutputFormat, RunArgs},
    console::Console,
    enforcement::Enforcement,
    exit::{Exit, Failure},
    netpolicy::InForce,
    output::{Format, Human, Json, Summary},
    privileges::{self, Plan},
    progress::progress,
    recipes::Selection,
    settings::Settings,
    sink::Sink,
    world::{World, tell_what_holds, tell_what_was_cut, tell_what_was_forgotten},
};

/// Runs the command.
pub(super) fn run(console: &Console, args: RunArgs) -> Result<Exit, Failure> {
    let start = Instant::now();
    let settings = Settings::load(console, &args.policy)?;
    let console = &console.with_log(settings.log);
    let paths = if args.recipes.is_empty() { &settings.recipes } else { &args.recipes };
    if paths.is_empty() {
        return Err(Failure::Usage("name the recipes with -r PATH".to_owned()));
    }
    let data = args.data.as_deref();
    let consent = args.enforce.consent();
    let plan = Plan {
        settings: &settings,
        acts: consent.is_some(),
        watches: false,
        run_shell: args.run_shell,
        writes: data.is_some() || settings.data.is_some(),
    };
    let rights = privileges::give_up(console, &plan)?;
    if args.run_shell {
        tell_what_holds(console);
    }
    let enforcement = Enforcement::begin(console, consent, &settings, data, "run")?;
    privileges::tell(console, &plan, &rights);
    let World { builder, meter, held } = World::new(
        console,
        &settings,
        data,
        enforcement.as_ref(),
        &InForce::read(console, &settings)?,
    )?;
    let loaded = builder.load(paths);
    loaded.diagnostics.iter().for_each(|diagnostic| console.diagnostic(diagnostic));
    let rejected = loaded.has_errors();
    let selection = Selection { only: &args.only, include_disabled: args.include_disabled };
    let recipes = selection.choose(console, loaded.recipes)?;

    let inputs = if args.events.is_empty() { vec![PathBuf::from("-")] } else { args.events };
    let interactive =
        io::stdout().is_terminal() || inputs.iter().any(|path| path.as_os_str() == "-");
    let format: Box<dyn Format> = match console.format {
        OutputFormat::Human => Box::new(Human::new(console, !args.no_timings)),
        OutputFormat::Json => Box::new(Json { events: args.events_out, timings: !args.no_timings }),
    };
    let jobs = args.jobs.map_or_else(processors, usize::from);
    let inputs = inputs.into_iter().map(Input::from_argument).collect();
    let source = Replay::start(inputs, jobs)
        .map_err(|error| Failure::Problem(format!("cannot start reading: {error}")))?;
    let bar = progress(console, source.size());
    let out = io::BufWriter::with_capacity(64 << 10, io::stdout());
    let sink = Arc::new(Sink::new(out, format, args.parallel, interactive, bar.clone()));

    let reporter = Arc::clone(&sink);
    let workers = if args.parallel { processors() } else { 1 };
    let runtime = with_clock(builder, args.enforce.clock(args.clock))
        .recipes(recipes)
        .seed(args.seed)
        .run_shell(args.run_shell)
        .workers(workers)
        .on_report(move |report| reporter.report(report))
        .build()
        .map_err(|error| Failure::Problem(error.to_string()))?;

    let faults = feed(console, source, &runtime, &sink, &bar);
    let tables = runtime.table_figures();
    // Where nobody reads any more, what is still queued is cancelled, not awaited.
    let figures = if sink.is_broken() { runtime.figures() } else { runtime.finish() };
    let elapsed = (!args.no_timings).then(|| start.elapsed());
    let evicted = tables.pairs.evicted + tables.flows.evicted + tables.counters.evicted;
    let invalid_events = faults.invalid_events;
    sink.finish(Some(&Summary { figures, evicted, invalid_events, elapsed }))?;
    enforcement.map_or(Ok(()), |enforcement| enforcement.end(console, held))?;
    tell_what_was_cut(console, &meter);
    tell_what_was_forgotten(console, &tables);
    Ok(Exit::problem_if(rejected || faults.invalid_events > 0 || faults.unreadable))
}

/// What was wrong with the recordings.
#[derive(Default)]
struct Faults {
    invalid_events: u64,
    unreadable: bool,
}

/// Hands every event to the runtime, and tells what is none.
fn feed(
    console: &Console,
    mut source: Replay,
    runtime: &Runtime,
    sink: &Sink,
    bar: &ProgressBar,
) -> Faults {
    /// Events between two looks at the bar.
    const GLANCE: u64 = 256;
    let mut faults = Faults::default();
    for count in 1.. {
        if sink.is_broken() {
            break;
        }
        let Some(Item { content, .. }) = source.next() else { break };
        match content {
            Content::Event(event) => {
                sink.wait_for_room();
                let _ = runtime.submit(event);
            }
            Content::Fault(fault) => {
                if fault.is_invalid_event() {
                    faults.invalid_events += 1;
                } else {
                    faults.unreadable = true;
                }
                bar.suspend(|| console.fault(&fault));
            }
            Content::Header(header) => {
                // What the recording says of its machine; this machine's name would make runs differ from host to host.
                let field = |name| match &header {
                    Value::Map(map) => map.get(name).and_then(Value::as_text),
                    _ => None,
                };
                if let Some(name) = field("hostname") {
                    runtime.set_hostname(name);
                }
                if matches!(&header, Value::Map(map) if map.get("asked") == Some(&Value::Bool(true)))
                {
                    runtime.set_asked();
                }
            }
            _ => {}
        }
        if count % GLANCE == 0 {
            bar.set_position(source.position());
        }
    }
    faults
}

fn processors() -> usize {
    thread::available_parallelism().map_or(1, usize::from)
}

/// The clock that was asked for.
pub(super) fn with_clock(builder: Builder, choice: ClockChoice) -> Builder {
    match choice {
        ClockChoice::Event => builder,
        ClockChoice::Wall => builder.clock(RunningClock(Timestamp::now)),
    }
}
