//! Recipes that are replaced while events come.

#![allow(clippy::unwrap_used, reason = "a test says what it expects")]

#[path = "runtime/toy.rs"]
mod toy;

use std::{
    path::Path,
    sync::{
        Arc, Mutex, OnceLock,
        atomic::{AtomicBool, Ordering},
    },
};

use reactant_core::{
    audit::Entry,
    capability::Capability,
    engine::{Engines, Source},
    event::{Action, ActionSet, Event, Line},
    helper::{Call, HelperSpec, Level, ParamKind, Registry},
    recipe::{CountedBy, How, Mechanism, NoiseLimit, ReactionSpec, Recipe, SourceMap},
    runtime::{Builder, Full, Report, Runtime, Status},
    value::Value,
};
use toy::Toy;

/// A recipe with one reaction, which stands at this line of its file.
fn recipe(name: &str, text: &str, line: u32) -> Recipe {
    Recipe::of_reaction(
        name,
        ReactionSpec {
            format: "toy",
            name: None,
            source: Source { name: format!("{name}#{line}").into(), text: text.into() },
            map: SourceMap {
                file: Path::new("r.yaml").into(),
                first_line: line,
                indent: 0,
                first_column: 0,
            },
            timeout: None,
            memory: None,
            capabilities: None,
            dry_run: false,
        },
    )
}

fn once(recipe: Recipe) -> Recipe {
    Recipe { times: vec![NoiseLimit { by: CountedBy::Total, max: 1, window: None }], ..recipe }
}

/// What is told: `name: what it said`, or how else the reaction ended.
#[derive(Clone, Default)]
struct Told(Arc<Mutex<Vec<String>>>);

impl Told {
    fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

fn builder(recipes: Vec<Recipe>) -> (Builder, Told) {
    let mut registry = Registry::new();
    let say = HelperSpec::new("Say", "Logs.").param("text", ParamKind::Text).needs(Capability::LOG);
    registry
        .register(say, |call: &mut Call<'_>| {
            let text = call.text(0).to_owned();
            call.log(Level::Info, text);
            Ok(Value::Null.into())
        })
        .unwrap();
    let told = Told::default();
    let to = told.clone();
    let builder = Runtime::builder()
        .engines(Engines::new().with(Toy))
        .helpers(registry)
        .recipes(recipes.into_iter().map(Arc::new).collect())
        .on_report(move |report| {
            let Report::Outcome(outcome) = report else { return };
            let said = outcome.entries.iter().filter_map(|entry| match entry {
                Entry::Log { message, .. } => Some(message.clone()),
                Entry::Action(_) => None,
            });
            let said: String = match outcome.status {
                Status::Ok => said.collect(),
                other => other.name().to_owned(),
            };
            to.0.lock().unwrap().push(format!("{}: {said}", outcome.detection.recipe.name));
        });
    (builder, told)
}

fn event(text: &str) -> Event {
    match Line::parse(text.as_bytes(), 1) {
        Ok(Line::Event(event)) => event,
        other => panic!("{other:?}"),
    }
}

fn execution() -> Event {
    event(r#"{"event_type":"execution","process":{"pid":7,"exe":"/bin/p"}}"#)
}

fn replace(runtime: &Runtime, recipes: Vec<Recipe>) -> [usize; 4] {
    let replaced = runtime.replace(recipes.into_iter().map(Arc::new).collect()).unwrap();
    [replaced.kept, replaced.changed, replaced.added, replaced.removed]
}

#[test]
fn what_is_queued_runs_as_it_was() {
    let (builder, told) = builder(vec![recipe("a", "sleep 20\nsay old", 1)]);
    let runtime = builder.build().unwrap();
    for _ in 0..4 {
        let _ = runtime.submit(execution());
    }
    assert_eq!(
        replace(&runtime, vec![recipe("b", "say b", 1), recipe("a", "say new", 5)]),
        [0, 1, 1, 0]
    );
    let _ = runtime.submit(execution());
    let _ = runtime.finish();
    assert_eq!(told.take(), ["a: old", "a: old", "a: old", "a: old", "b: b", "a: new"]);
}

#[test]
fn noise_limits_go_on_for_what_says_the_same_and_begin_anew_for_what_does_not() {
    let set = |line, text| {
        vec![once(recipe("kept", "say x", line)), once(recipe("other", text, line + 9))]
    };
    let (builder, told) = builder(set(1, "say 1"));
    let runtime = builder.build().unwrap();
    let _ = runtime.submit(execution());
    let _ = runtime.submit(execution());
    // Another place in the file is nothing that a recipe says.
    assert_eq!(replace(&runtime, set(100, "say 1")), [2, 0, 0, 0]);
    let _ = runtime.submit(execution());
    assert_eq!(replace(&runtime, set(1, "say 2")), [1, 1, 0, 0]);
    let _ = runtime.submit(execution());
    let figures = runtime.finish();
    assert_eq!(told.take(), ["kept: x", "other: 1", "other: 2"]);
    assert_eq!((figures.detections, figures.suppressed), (3, 5));
}

#[test]
fn a_name_that_went_and_came_back_has_counted_nothing() {
    let (builder, told) = builder(vec![once(recipe("a", "say x", 1))]);
    let runtime = builder.build().unwrap();
    let _ = runtime.submit(execution());
    assert_eq!(replace(&runtime, vec![]), [0, 0, 0, 1]);
    let _ = runtime.submit(execution());
    assert_eq!(replace(&runtime, vec![once(recipe("a", "say x", 1))]), [0, 0, 1, 0]);
    let _ = runtime.submit(execution());
    let _ = runtime.finish();
    assert_eq!(told.take(), ["a: x", "a: x"]);
}

#[test]
fn what_a_file_has_seen_stays() {
    let both = |line| {
        let mut recipe = recipe("both", "say both", line);
        recipe.mechanism = Mechanism::FileAccess;
        recipe.file.how = How::All;
        recipe.file.actions = [Action::Open, Action::Write].into_iter().collect::<ActionSet>();
        recipe
    };
    let act = |action: &str| {
        let text =
            format!(r#"{{"process":{{"pid":7}},"file":{{"file":"/x","actions":["{action}"]}}}}"#);
        event(&text)
    };
    let (builder, told) = builder(vec![both(1)]);
    let runtime = builder.build().unwrap();
    let _ = runtime.submit(act("open"));
    let _ = replace(&runtime, vec![recipe("more", "say more", 1), both(9)]);
    let _ = runtime.submit(act("write"));
    let _ = runtime.finish();
    assert_eq!(told.take(), ["both: both"]);
}

#[test]
fn scripts_are_loaded_before_the_change() {
    // Whoever loads such a script first is stopped for its time.
    let slow = || recipe("slow", "slow_to_load\nsay loaded", 1);
    let (late, told) = builder(vec![slow()]);
    let runtime = late.build().unwrap();
    let _ = runtime.submit(execution());
    let _ = runtime.finish();
    assert_eq!(told.take(), ["slow: timeout"]);

    let (early, told) = builder(vec![]);
    let runtime = early.workers(3).build().unwrap();
    let _ = replace(&runtime, vec![slow()]);
    let _ = runtime.submit(execution());
    let _ = runtime.finish();
    assert_eq!(told.take(), ["slow: loaded"]);
}

#[test]
fn what_earlier_sets_took_is_let_go() {
    let (builder, told) = builder(vec![recipe("a", "say 000", 1)]);
    let runtime = builder.workers(2).build().unwrap();
    runtime.prepare().unwrap();
    assert_eq!(runtime.memory()["toy"], 2 * "say 000".len());
    for number in 1..200 {
        let _ = replace(&runtime, vec![recipe("a", &format!("say {number:03}"), 1)]);
        let _ = runtime.submit(execution());
        runtime.drain().unwrap();
    }
    // Each worker has let go of the one before by the time that it has loaded the next.
    let _ = replace(&runtime, vec![]);
    let _ = replace(&runtime, vec![]);
    assert_eq!(runtime.memory().get("toy"), None);
    assert_eq!(told.take().len(), 199);
}

#[test]
fn every_event_is_judged_by_one_set_or_the_other() {
    let (builder, told) = builder(vec![recipe("a", "say 1", 1)]);
    let runtime = builder.workers(2).queue(8, Full::Block).build().unwrap();
    let over = AtomicBool::new(false);
    std::thread::scope(|scope| {
        let submit = || {
            let mut count = 0;
            while !over.load(Ordering::Relaxed) {
                assert_eq!(runtime.submit(execution()).detections, 1);
                count += 1;
            }
            count
        };
        let threads = [scope.spawn(submit), scope.spawn(submit)];
        for number in 0..100 {
            // Names change places, so that an index of one set means another recipe in the next.
            let mut set = vec![recipe("a", "say 1", 1), recipe("b", "say 2", 1)];
            set[(number + 1) % 2].enabled = false;
            set.rotate_left(number / 3 % 2);
            let _ = replace(&runtime, set);
        }
        over.store(true, Ordering::Relaxed);
        let submitted: u64 = threads.into_iter().map(|thread| thread.join().unwrap()).sum();
        runtime.drain().unwrap();
        let told = told.take();
        assert_eq!(told.len() as u64, submitted);
        assert!(told.iter().all(|line| line == "a: 1" || line == "b: 2"), "{told:?}");
    });
}

#[test]
fn a_worker_cannot_wait_for_itself() {
    let place: Arc<OnceLock<std::sync::Weak<Runtime>>> = Arc::default();
    let refused: Arc<OnceLock<bool>> = Arc::default();
    let (from, to) = (Arc::clone(&place), Arc::clone(&refused));
    let (builder, _) = builder(vec![recipe("a", "say x", 1)]);
    let runtime = builder
        .on_report(move |report| {
            if let Report::Outcome(_) = report
                && let Some(runtime) = from.get().and_then(std::sync::Weak::upgrade)
            {
                let both = runtime.replace(vec![]).is_err() && runtime.prepare().is_err();
                let _ = to.set(both);
            }
        })
        .build()
        .unwrap();
    let runtime = Arc::new(runtime);
    place.set(Arc::downgrade(&runtime)).unwrap();
    let _ = runtime.submit(execution());
    runtime.drain().unwrap();
    assert_eq!(refused.get(), Some(&true));
}
