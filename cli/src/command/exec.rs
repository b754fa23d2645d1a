//! `reactant exec`: one script on one event.

use std::{io, path::Path, sync::Arc};

use reactant_core::{
    detection::Detection,
    engine::{Engines, Language, Source},
    event::{Event, EventType, Line},
    packed::{Key, Packed},
    recipe::{Importance, Mechanism, ReactionSpec, Recipe, SourceMap, read_script},
    value::{Map, Value},
};
use reactant_sensor::{Input, document};

use super::run::with_clock;
use crate::{
    args::{ExecArgs, KeyValue, OutputFormat},
    console::Console,
    enforcement::Enforcement,
    exit::{Exit, Failure},
    netpolicy::InForce,
    output::{Format, Human, Json},
    privileges::{self, Plan},
    settings::Settings,
    sink::Sink,
    world::{World, tell_what_holds, tell_what_was_cut},
};

/// Runs the command.
pub(super) fn exec(console: &Console, args: &ExecArgs) -> Result<Exit, Failure> {
    let settings = Settings::load(console, &args.policy)?;
    let console = &console.with_log(settings.log);
    let consent = args.enforce.consent();
    let plan = Plan {
        settings: &settings,
        acts: consent.is_some(),
        watches: false,
        run_shell: args.run_shell,
        writes: args.data.is_some() || settings.data.is_some(),
    };
    let rights = privileges::give_up(console, &plan)?;
    let language = language(&args.script, &reactant_engines::table())?;
    let recipe = recipe(&args.script, language)?;
    let mut event = event(args.event.as_deref())?;
    event.complete(1, args.seed, jiff::Timestamp::UNIX_EPOCH);
    let recipe = Arc::new(with_metadata(recipe, &event, &args.metadata));

    let format: Box<dyn Format> = match console.format {
        OutputFormat::Human => Box::new(Human::new(console, !args.no_timings)),
        OutputFormat::Json => Box::new(Json { events: true, timings: !args.no_timings }),
    };
    let sink = Sink::new(io::stdout(), format, false, true, indicatif::ProgressBar::hidden());
    let sink = Arc::new(sink);
    let reporter = Arc::clone(&sink);
    let data = args.data.as_deref();
    if args.run_shell {
        tell_what_holds(console);
    }
    let enforcement = Enforcement::begin(console, consent, &settings, data, "exec")?;
    privileges::tell(console, &plan, &rights);
    let World { builder, meter, held } = World::new(
        console,
        &settings,
        data,
        enforcement.as_ref(),
        &InForce::read(console, &settings)?,
    )?;
    let runtime = with_clock(builder, args.enforce.clock(args.clock))
        .recipes(vec![Arc::clone(&recipe)])
        .seed(args.seed)
        .run_shell(args.run_shell)
        .on_report(move |report| reporter.report(report))
        .build()
        .map_err(|error| Failure::Problem(error.to_string()))?;
    let data = Arc::new(event.data(&recipe.metadata, event.actions()));
    runtime.answer(Detection { event: Arc::new(event), recipe, recipe_index: 0, data });
    let figures = runtime.finish();
    sink.finish(None)?;
    enforcement.map_or(Ok(()), |enforcement| enforcement.end(console, held))?;
    tell_what_was_cut(console, &meter);
    Ok(Exit::problem_if(figures.errors > 0))
}

/// The language of a script, by its extension.
fn language(script: &Path, engines: &Engines) -> Result<&'static Language, Failure> {
    let extension = script.extension().map(|extension| extension.to_string_lossy());
    if let Some(engine) = extension.as_deref().and_then(|end| engines.for_extension(end)) {
        return Ok(engine.language());
    }
    let known: Vec<String> = engines
        .languages()
        .flat_map(|language| language.extensions.iter().map(|end| format!(".{end}")))
        .collect();
    let which = match extension.as_deref() {
        Some(end @ ("js" | "lua" | "rhai" | "sh")) => {
            format!("this build has no engine for .{end} scripts")
        }
        Some(end) => format!("no language has scripts that end in .{end}"),
        None => "a script's extension names its language".to_owned(),
    };
    let known = if known.is_empty() { "none".to_owned() } else { known.join(", ") };
    Err(Failure::Usage(format!("{}: {which}; this build runs {known}", script.display())))
}

/// The recipe that holds the script, named after its file.
fn recipe(script: &Path, language: &Language) -> Result<Recipe, Failure> {
    let file = read_script(script)
        .map_err(|reason| Failure::Usage(format!("cannot read {}: {reason}", script.display())))?;
    let stem = script.file_stem().unwrap_or_default().to_string_lossy();
    let spec = ReactionSpec {
        format: language.format,
        name: None,
        source: Source { name: script.display().to_string().into(), text: file.text.clone() },
        map: SourceMap { file: script.into(), first_line: 1, indent: 0, first_column: 0 },
        timeout: None,
        memory: None,
        capabilities: None,
        dry_run: false,
    };
    Ok(Recipe::of_reaction(&stem, spec))
}

/// The event, or an empty execution.
fn event(path: Option<&Path>) -> Result<Event, Failure> {
    const EMPTY: &[u8] = br#"{"event_type":"execution"}"#;
    let Some(path) = path else {
        return match Line::parse(EMPTY, 1) {
            Ok(Line::Event(event)) => Ok(event),
            _ => Err(Failure::Problem("the empty event does not load".to_owned())),
        };
    };
    document(Input::from_argument(path)).map_err(|fault| {
        let message = fault.to_string();
        if fault.is_invalid_event() { Failure::Problem(message) } else { Failure::Usage(message) }
    })
}

/// The recipe with the event's own metadata, where it has some, and what the command line sets.
fn with_metadata(mut recipe: Recipe, event: &Event, set: &[KeyValue]) -> Recipe {
    let metadata = match event.field(Key::METADATA) {
        Some(own) if own.as_map().is_some_and(|map| !map.is_empty()) => own.to_value(),
        _ => {
            // Its mechanism is one that judges such events.
            recipe.mechanism = match event.event_type() {
                EventType::FileAccess => Mechanism::FileAccess,
                EventType::Execution => Mechanism::Execution,
                EventType::NetworkPeer => Mechanism::NetworkPeers,
                EventType::DropIp | EventType::DropDomain => Mechanism::NetworkPolicy,
            };
            recipe.pack_metadata().root().to_value()
        }
    };
    let mut metadata = match metadata {
        Value::Map(map) => map,
        _ => Map::new(),
    };
    for KeyValue { key, value } in set {
        metadata.insert(key.clone(), Value::Text(value.clone()));
    }
    let importance = metadata.get("importance").and_then(Value::as_text);
    if let Some(importance) = importance.and_then(Importance::from_name) {
        recipe.importance = importance;
    }
    recipe.metadata = Arc::new(Packed::of(&Value::Map(metadata)));
    recipe
}
