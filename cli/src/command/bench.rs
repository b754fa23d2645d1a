//! `reactant bench`: engines and reactions compared, on the user's own events.

mod samples;
mod table;

use std::{
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use reactant_core::{
    detection::Detection,
    engine::{Engines, Setup},
    event::Event,
    limits::Limits,
    matcher::{self, Matcher},
    recipe::{ReactionSpec, Recipe},
    runtime::{Report, Runtime, Status},
};
use reactant_helpers::{Standard, store::Store};
use reactant_sensor::{Content, Input, Replay, Source};

use crate::{
    args::BenchArgs,
    console::Console,
    exit::{Exit, Failure},
    netpolicy::InForce,
    settings::Settings,
    world::World,
};

/// Detections of each recipe that are kept to run on.
const DETECTIONS: usize = 256;
/// Time for one reaction, beyond which it is not run again.
const TIME: Duration = Duration::from_secs(2);
/// Invocations before those that are timed.
const WARM_UP: usize = 20;

/// A reaction and what was measured of it.
struct Row {
    recipe: Arc<str>,
    reaction: usize,
    format: &'static str,
    /// What it runs on, with a recipe that holds it alone.
    detections: Vec<Detection>,
    times: Vec<Duration>,
    /// Invocations that ended other than ok, and how the first of them did.
    failed: Option<(usize, Status)>,
    /// Bytes of a machine at rest that loaded it alone; `None` where that cannot be told.
    memory: Option<usize>,
}

/// Runs the command.
pub(super) fn bench(console: &Console, args: BenchArgs) -> Result<Exit, Failure> {
    let settings = Settings::load(console, &args.policy)?;
    let World { builder, .. } =
        World::new(console, &settings, None, None, &InForce::read(console, &settings)?)?;
    let engines = reactant_engines::table();
    let (recipes, rejected) = if args.recipes.is_empty() {
        (samples::recipes(&engines), false)
    } else {
        let loaded = builder.load(&args.recipes);
        loaded.diagnostics.iter().for_each(|diagnostic| console.diagnostic(diagnostic));
        (loaded.recipes.clone(), loaded.has_errors())
    };
    let (events, faulty) = match args.events.is_empty() {
        true => (vec![samples::event()?], false),
        false => events(console, args.events)?,
    };
    let detections = match args.recipes.is_empty() {
        true => everywhere(&recipes, &events),
        false => matched(&recipes, &events),
    };
    let mut rows = rows(&recipes, detections);
    if rows.is_empty() {
        return Err(Failure::Problem("no recipe with a reaction fires on these events".to_owned()));
    }
    let measured: Arc<Mutex<Option<(Duration, Status)>>> = Arc::default();
    let sink = Arc::clone(&measured);
    let runtime = builder
        .recipes(
            rows.iter().filter_map(|row| Some(row.detections.first()?.recipe.clone())).collect(),
        )
        .on_report(move |report| {
            if let Report::Outcome(outcome) = report {
                let outcome = (outcome.duration, outcome.status);
                *sink.lock().unwrap_or_else(PoisonError::into_inner) = Some(outcome);
            }
        })
        .build()
        .map_err(|error| Failure::Problem(error.to_string()))?;
    measure(&runtime, &mut rows, args.runs.get() as usize, || {
        measured.lock().unwrap_or_else(PoisonError::into_inner).take()
    });
    for row in &mut rows {
        row.memory = memory(row, &engines, &settings.limits);
    }
    table::write(console, &rows)?;
    Ok(Exit::problem_if(rejected || faulty))
}

/// The events of recordings, and whether something was wrong with them.
fn events(console: &Console, inputs: Vec<PathBuf>) -> Result<(Vec<Event>, bool), Failure> {
    let inputs = inputs.into_iter().map(Input::from_argument).collect();
    let mut source = Replay::start(inputs, 1)
        .map_err(|error| Failure::Problem(format!("cannot start reading: {error}")))?;
    let (mut events, mut faulty) = (Vec::new(), false);
    while let Some(item) = source.next() {
        match item.content {
            Content::Event(event) => events.push(event),
            Content::Fault(fault) => {
                faulty = true;
                console.fault(&fault);
            }
            _ => {}
        }
    }
    Ok((events, faulty))
}

/// What the recipes fire on, some of each.
fn matched(recipes: &[Arc<Recipe>], events: &[Event]) -> Vec<Detection> {
    // Noise limits hold back what is to be measured.
    let free = |recipe: &Arc<Recipe>| {
        let mut recipe = Recipe::clone(recipe);
        recipe.times.clear();
        Arc::new(recipe)
    };
    let recipes: Vec<Arc<Recipe>> = recipes.iter().map(free).collect();
    let matcher = Matcher::new(&recipes, matcher::Options::default());
    let mut state = matcher.state();
    let mut counts = vec![0; recipes.len()];
    let mut detections = Vec::new();
    for event in events {
        let candidates = matcher.candidates(event);
        let verdict = matcher.judge(&mut state, event, candidates);
        let event = Arc::new(event.clone());
        for detection in matcher.detections(&event, &verdict) {
            let count = &mut counts[detection.recipe_index];
            *count += 1;
            if *count <= DETECTIONS {
                detections.push(detection);
            }
        }
    }
    detections
}

/// Every recipe on every event.
fn everywhere(recipes: &[Arc<Recipe>], events: &[Event]) -> Vec<Detection> {
    let pairs = recipes
        .iter()
        .enumerate()
        .flat_map(|recipe| events.iter().take(DETECTIONS).map(move |event| (recipe, event)));
    let detection = |((recipe_index, recipe), event): ((usize, &Arc<Recipe>), &Event)| Detection {
        data: Arc::new(event.data(&recipe.metadata, event.actions())),
        event: Arc::new(event.clone()),
        recipe: recipe.clone(),
        recipe_index,
    };
    pairs.map(detection).collect()
}

/// One row for each reaction of a recipe that fires.
fn rows(recipes: &[Arc<Recipe>], detections: Vec<Detection>) -> Vec<Row> {
    let mut rows = Vec::new();
    for (index, recipe) in recipes.iter().enumerate() {
        let own: Vec<&Detection> =
            detections.iter().filter(|detection| detection.recipe_index == index).collect();
        if own.is_empty() {
            continue;
        }
        for (reaction, spec) in recipe.reactions.iter().enumerate() {
            let mut alone = Recipe::clone(recipe);
            alone.reactions = vec![spec.clone()];
            let alone = Arc::new(alone);
            let detection = |detection: &&Detection| Detection {
                recipe: alone.clone(),
                recipe_index: rows.len(),
                ..Detection::clone(detection)
            };
            let detections = own.iter().map(detection).collect();
            rows.push(Row {
                recipe: recipe.name.clone(),
                reaction,
                format: spec.format,
                detections,
                times: Vec::new(),
                failed: None,
                memory: None,
            });
        }
    }
    rows
}

/// Runs the reactions in turn, so that what disturbs the machine disturbs all alike.
fn measure(
    runtime: &Runtime,
    rows: &mut [Row],
    runs: usize,
    taken: impl Fn() -> Option<(Duration, Status)>,
) {
    let mut spent = vec![Duration::ZERO; rows.len()];
    for round in 0..runs + WARM_UP {
        for (row, spent) in rows.iter_mut().zip(&mut spent) {
            if *spent > TIME && !row.times.is_empty() {
                continue;
            }
            let Some(detection) = row.detections.get(round % row.detections.len()) else {
                continue;
            };
            runtime.answer(detection.clone());
            // Never on one of its own threads.
            let _ = runtime.drain();
            let Some((duration, status)) = taken() else { continue };
            *spent += duration;
            if round < WARM_UP && *spent <= TIME / 10 {
                continue;
            }
            row.times.push(duration);
            if status != Status::Ok {
                row.failed.get_or_insert((0, status)).0 += 1;
            }
        }
    }
}

/// What a machine holds that loaded the row's reaction alone.
fn memory(row: &Row, engines: &Engines, limits: &Limits) -> Option<usize> {
    let spec: &ReactionSpec = row.detections.first()?.recipe.reactions.first()?;
    let registry = Standard::new(Store::memory()).registry();
    let setup = Setup::new(&registry, limits, 0);
    let mut machine = engines.get(spec.format)?.machine(&setup).ok()?;
    machine.load(&spec.source, limits).ok()?;
    Some(machine.memory())
}
