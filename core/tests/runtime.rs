//! The runtime with a toy engine: order, parallelism, the bounded queue, faults and shutdown.

#![allow(clippy::unwrap_used, reason = "a test says what it expects")]

#[path = "runtime/toy.rs"]
mod toy;

use std::{
    path::Path,
    sync::{
        Arc, Barrier, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use reactant_core::{
    audit::Entry,
    capability::{Capability, Grants},
    detection::Detection,
    engine::{Engines, Source},
    event::Line,
    helper::{Call, HelperSpec, Level, ParamKind, Registry},
    limits::Limits,
    recipe::{OnLoss, ReactionSpec, Recipe, SourceMap},
    runtime::{Builder, Full, Outcome, Report, Runtime, Status, channel},
    value::Value,
};
use toy::Toy;

fn reaction(format: &'static str, text: &str) -> ReactionSpec {
    ReactionSpec {
        format,
        name: None,
        source: Source { name: "toy".into(), text: text.into() },
        map: SourceMap {
            file: Path::new("r.yaml").into(),
            first_line: 10,
            indent: 4,
            first_column: 0,
        },
        timeout: None,
        memory: None,
        capabilities: None,
        dry_run: false,
    }
}

fn recipe(name: &str, reactions: &[&str]) -> Arc<Recipe> {
    let mut recipe = Recipe::of_reaction(name, reaction("toy", ""));
    recipe.reactions = reactions.iter().map(|text| reaction("toy", text)).collect();
    recipe.into()
}

fn registry() -> Registry {
    let mut registry = Registry::new();
    let say = HelperSpec::new("Say", "Logs.").param("text", ParamKind::Text).needs(Capability::LOG);
    registry
        .register(say, |call: &mut Call<'_>| {
            let text = call.text(0).to_owned();
            call.log(Level::Info, text);
            Ok(Value::Null.into())
        })
        .unwrap();
    registry
}

/// `Say` that says nothing.
fn quiet() -> Registry {
    let mut registry = Registry::new();
    let say = HelperSpec::new("Say", "").param("text", ParamKind::Text);
    registry.register(say, |_: &mut Call<'_>| Ok(Value::Null.into())).unwrap();
    registry
}

fn builder(recipes: &[Arc<Recipe>]) -> Builder {
    Runtime::builder()
        .engines(Engines::new().with(Toy))
        .helpers(registry())
        .recipes(recipes.to_vec())
}

fn event(number: u64) -> reactant_core::event::Event {
    let Ok(Line::Event(event)) = Line::parse(br#"{"event_type":"execution"}"#, number) else {
        panic!("an empty execution event is one");
    };
    event
}

fn detection(recipes: &[Arc<Recipe>], index: usize, number: u64) -> Detection {
    let mut event = event(number);
    event.complete(number, 0, jiff::Timestamp::UNIX_EPOCH);
    let recipe = Arc::clone(&recipes[index]);
    let data = Arc::new(Runtime::data(&event, &recipe.metadata));
    Detection { event: Arc::new(event), recipe, recipe_index: index, data }
}

/// Runs one reaction by itself.
fn outcome_of(text: &str, set: impl FnOnce(Builder) -> Builder) -> Outcome {
    let recipes = [recipe("only", &[text])];
    let outcomes: Arc<Mutex<Vec<Outcome>>> = Arc::default();
    let sink = Arc::clone(&outcomes);
    let runtime = set(builder(&recipes))
        .on_report(move |report| {
            if let Report::Outcome(outcome) = report {
                sink.lock().unwrap().push(outcome);
            }
        })
        .build()
        .unwrap();
    runtime.answer(detection(&recipes, 0, 1));
    let _ = runtime.finish();
    outcomes.lock().unwrap().remove(0)
}

fn said(outcome: &Outcome) -> Vec<String> {
    let message = |entry: &Entry| match entry {
        Entry::Log { message, .. } => Some(message.clone()),
        Entry::Action(_) => None,
    };
    outcome.entries.iter().filter_map(message).collect()
}

#[test]
fn one_worker_tells_everything_in_order() {
    let recipes = [recipe("a", &["say a0", "say a1"]), recipe("b", &[]), recipe("c", &["say c0"])];
    let (report, reports) = channel(4);
    let runtime = builder(&recipes).queue(2, Full::Block).on_report(report).build().unwrap();
    let reader = std::thread::spawn(move || {
        let tell = |report| match report {
            Report::Detection(detection) => {
                format!("{} {}", detection.event.number(), detection.recipe.name)
            }
            Report::Outcome(outcome) => said(&outcome).join(","),
            _ => String::new(),
        };
        reports.map(tell).collect::<Vec<String>>()
    });
    for number in 1..=50 {
        let submitted = runtime.submit(event(number));
        assert_eq!((submitted.detections, submitted.reactions), (3, 3));
    }
    let figures = runtime.finish();
    assert_eq!((figures.events, figures.detections, figures.reactions), (50, 150, 150));
    let told = reader.join().unwrap();
    let expected: Vec<String> = (1..=50)
        .flat_map(|number| {
            [
                format!("{number} a"),
                "a0".into(),
                "a1".into(),
                format!("{number} b"),
                format!("{number} c"),
                "c0".into(),
            ]
        })
        .collect();
    assert_eq!(told, expected);
}

#[test]
fn reactions_of_one_detection_run_in_parallel() {
    let recipes = [recipe("a", &["meet", "meet"])];
    let barrier = Arc::new(Barrier::new(2));
    let mut registry = registry();
    registry
        .register(HelperSpec::new("Meet", "Waits for another."), move |_: &mut Call<'_>| {
            barrier.wait();
            Ok(Value::Null.into())
        })
        .unwrap();
    let runtime = builder(&recipes).helpers(registry).workers(2).build().unwrap();
    runtime.answer(detection(&recipes, 0, 1));
    assert_eq!(runtime.finish().reactions, 2);
}

#[test]
fn a_full_queue_drops_and_counts_and_detections_are_still_told() {
    let recipes = [recipe("a", &["meet", "meet"])];
    // Nothing passes the gate until its other end is gone.
    let (open, gate) = std::sync::mpsc::channel::<()>();
    let gate = Mutex::new(gate);
    let mut registry = registry();
    registry
        .register(HelperSpec::new("Meet", "Waits for the test."), move |_: &mut Call<'_>| {
            let _ = gate.lock().unwrap().recv();
            Ok(Value::Null.into())
        })
        .unwrap();
    let detections = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&detections);
    let runtime = builder(&recipes)
        .helpers(registry)
        .queue(1, Full::Drop)
        .on_report(move |report| {
            if matches!(report, Report::Detection(_)) {
                count.fetch_add(1, Ordering::SeqCst);
            }
        })
        .build()
        .unwrap();
    for number in 1..=10 {
        runtime.answer(detection(&recipes, 0, number));
    }
    drop(open);
    let figures = runtime.finish();
    // The worker holds one and the queue one at most; it may not have taken the first in time.
    assert!((18..=19).contains(&figures.dropped), "{figures:?}");
    assert_eq!(figures.dropped + figures.reactions, 20);
    assert_eq!(detections.load(Ordering::SeqCst), 10);
}

#[test]
fn a_thrown_error_is_told_at_the_authors_place() {
    let outcome = outcome_of("say before\nthrow it broke", |builder| builder);
    assert_eq!(outcome.status, Status::Error);
    assert_eq!(said(&outcome), ["before"]);
    let fault = outcome.error.unwrap();
    assert_eq!((fault.message.as_str(), fault.line, fault.column), ("it broke", Some(11), Some(5)));
    assert_eq!(fault.file.as_deref(), Some(Path::new("r.yaml")));
    assert_eq!(fault.trace, "at process (r.yaml:11:5)\nat native (native)");
}

#[test]
fn an_engine_that_panics_is_replaced() {
    let recipes = [recipe("a", &["panic", "say still here"])];
    let (report, reports) = channel(16);
    let runtime = builder(&recipes).on_report(report).build().unwrap();
    runtime.answer(detection(&recipes, 0, 1));
    runtime.answer(detection(&recipes, 0, 2));
    assert_eq!(runtime.finish().errors, 2);
    let outcomes: Vec<Status> = reports
        .filter_map(|report| match report {
            Report::Outcome(outcome) => Some(outcome.status),
            _ => None,
        })
        .collect();
    assert_eq!(outcomes, [Status::Error, Status::Ok, Status::Error, Status::Ok]);
}

#[test]
fn what_was_done_before_an_engine_panicked_stays_on_record() {
    let outcome = outcome_of("say done\npanic", |builder| builder);
    assert_eq!((outcome.status, said(&outcome)), (Status::Error, vec!["done".to_owned()]));
}

#[test]
fn a_load_that_a_limit_stopped_is_tried_again() {
    let recipes = [recipe("a", &["slow_to_load"])];
    let (report, reports) = channel(16);
    let runtime = builder(&recipes).on_report(report).build().unwrap();
    runtime.answer(detection(&recipes, 0, 1));
    runtime.answer(detection(&recipes, 0, 2));
    let _ = runtime.finish();
    let statuses = reports.filter_map(|report| match report {
        Report::Outcome(outcome) => Some(outcome.status),
        _ => None,
    });
    assert_eq!(statuses.collect::<Vec<_>>(), [Status::Timeout, Status::Ok]);
}

#[test]
fn a_script_that_returns_after_its_deadline_timed_out() {
    let limits = Limits { timeout: Duration::from_millis(1), ..Limits::default() };
    let outcome = outcome_of("sleep 20", |builder| builder.limits(limits));
    assert_eq!(outcome.status, Status::Timeout);
}

#[test]
fn dropping_the_runtime_stops_what_runs_and_skips_what_waits() {
    let recipes = [recipe("a", &["until_stopped"])];
    let (report, reports) = channel(256);
    let limits = Limits {
        timeout: Duration::from_secs(600),
        output: usize::MAX,
        helper_calls: u32::MAX,
        ..Limits::default()
    };
    let runtime =
        builder(&recipes).helpers(quiet()).limits(limits).on_report(report).build().unwrap();
    for number in 1..=50 {
        runtime.answer(detection(&recipes, 0, number));
    }
    drop(runtime);
    let outcomes = reports.filter(|report| matches!(report, Report::Outcome(_))).count();
    // The one that ran, if the worker had taken it by then.
    assert!(outcomes <= 1, "{outcomes}");
}

#[test]
fn a_report_function_that_panics_stops_nothing() {
    let recipes = [recipe("a", &["say x"])];
    let runtime = builder(&recipes).on_report(|_| panic!("the user's fault")).build().unwrap();
    for number in 1..=3 {
        runtime.answer(detection(&recipes, 0, number));
    }
    assert_eq!(runtime.finish().reactions, 3);
}

/// Where a runtime stands for its report function.
type Itself = Arc<Mutex<Option<Arc<Runtime>>>>;

/// A runtime that its own report function may use.
fn with_itself(
    report: impl Fn(&mut Option<Arc<Runtime>>) + Send + Sync + 'static,
) -> (Itself, [Arc<Recipe>; 1]) {
    let recipes = [recipe("a", &["say x"])];
    let own = Itself::default();
    let slot = Arc::clone(&own);
    let runtime = builder(&recipes).on_report(move |told| {
        if matches!(told, Report::Outcome(_)) {
            report(&mut slot.lock().unwrap());
        }
    });
    *own.lock().unwrap() = Some(Arc::new(runtime.build().unwrap()));
    (own, recipes)
}

#[test]
fn a_report_function_that_waits_for_the_runtime_gets_an_error() {
    let (send, results) = std::sync::mpsc::channel();
    let send = Mutex::new(send);
    let (own, recipes) = with_itself(move |runtime| {
        let result = runtime.as_ref().unwrap().drain();
        send.lock().unwrap().send(result).unwrap();
    });
    let runtime = Arc::clone(own.lock().unwrap().as_ref().unwrap());
    runtime.answer(detection(&recipes, 0, 1));
    assert!(results.recv().unwrap().is_err());
    // Another thread may.
    assert!(runtime.drain().is_ok());
    own.lock().unwrap().take();
}

#[test]
fn a_report_function_may_drop_the_runtime() {
    let (send, results) = std::sync::mpsc::channel();
    let send = Mutex::new(send);
    let (own, recipes) = with_itself(move |runtime| {
        let runtime = Arc::into_inner(runtime.take().unwrap());
        send.lock().unwrap().send(runtime.map(|runtime| runtime.finish().events)).unwrap();
    });
    {
        let own = own.lock().unwrap();
        own.as_ref().unwrap().answer(detection(&recipes, 0, 1));
    }
    assert_eq!(results.recv().unwrap(), Some(0));
}

#[test]
fn the_hosts_verdict_outranks_a_script_that_returns() {
    let limits = Limits { helper_calls: 1, ..Default::default() };
    let outcome = outcome_of("say one\nsay two", |builder| builder.limits(limits));
    assert_eq!(outcome.status, Status::Limit);
    assert_eq!(said(&outcome), ["one"]);
}

#[test]
fn a_shell_reaction_is_denied_without_its_capability_and_recorded_in_a_dry_run() {
    let mut shell = Recipe::of_reaction("sh", reaction("shell", "exit 1"));
    shell.place.line = 1;
    let recipes = [Arc::new(shell)];
    for (grants, status, actions) in [
        (Grants::standard(), Status::Denied, 0),
        (Grants::standard().with(&["exec.shell".parse().unwrap()]), Status::Ok, 1),
    ] {
        let (report, reports) = channel(4);
        let runtime = builder(&recipes).grants(grants).on_report(report).build().unwrap();
        runtime.answer(detection(&recipes, 0, 1));
        let _ = runtime.finish();
        let outcome = reports
            .filter_map(|report| match report {
                Report::Outcome(outcome) => Some(outcome),
                _ => None,
            })
            .next()
            .unwrap();
        assert_eq!((outcome.status, outcome.entries.len()), (status, actions));
    }
}

#[test]
fn events_come_from_any_number_of_threads() {
    let recipes = [recipe("a", &["say x"])];
    let runtime = builder(&recipes).workers(2).build().unwrap();
    std::thread::scope(|scope| {
        for thread in 0..4 {
            let runtime = &runtime;
            scope.spawn(move || {
                for number in 0..50 {
                    runtime.submit(event(thread * 50 + number + 1));
                }
            });
        }
    });
    assert_eq!(runtime.finish().reactions, 200);
}

#[test]
fn a_reaction_after_dropped_ones_destroys_nothing_where_its_recipe_says_so() {
    let calls = Arc::new(AtomicUsize::new(0));
    let mut registry = registry();
    let counted = Arc::clone(&calls);
    let kill = HelperSpec::new("Meet", "Kills, here.").needs(Capability::PROCESS_KILL);
    registry
        .register(kill, move |_: &mut Call<'_>| {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok(Value::Null.into())
        })
        .unwrap();
    // A loss is no reproach to a process that began after it.
    let event = |second: u32, start: &str| {
        let text = format!(
            r#"{{"event_type":"execution","timestamp":"2026-01-01T10:00:{second:02}Z","process":{{"pid":1{start}}}}}"#
        );
        match Line::parse(text.as_bytes(), 1) {
            Ok(Line::Event(event)) => event,
            other => panic!("{other:?}"),
        }
    };
    let started = |second: u32| format!(r#","start":"2026-01-01T10:00:{second:02}Z""#);
    for (on_loss, expected) in [(OnLoss::Ignore, [1, 1, 1]), (OnLoss::SkipDestructive, [0, 0, 1])] {
        let mut recipe = Recipe::clone(&recipe("a", &["sleep 20\nmeet"]));
        recipe.on_loss = on_loss;
        let recipes = [Arc::new(recipe)];
        let runtime =
            builder(&recipes).helpers(registry.clone()).queue(1, Full::Drop).build().unwrap();
        for _ in 1..=10 {
            let _ = runtime.submit(event(30, &started(20)));
        }
        runtime.drain().unwrap();
        let figures = runtime.figures();
        assert!(figures.dropped_for.full > 0 && figures.dropped_for.full == figures.dropped);
        let called = [started(29), String::new(), started(31)].map(|start| {
            let before = calls.load(Ordering::Relaxed);
            let _ = runtime.submit(event(40, &start));
            runtime.drain().unwrap();
            calls.load(Ordering::Relaxed) - before
        });
        assert_eq!(called, expected, "{on_loss:?}");
    }
}

#[test]
fn a_loss_that_another_event_told_of_counts_for_who_was_there() {
    let calls = Arc::new(AtomicUsize::new(0));
    let mut registry = registry();
    let counted = Arc::clone(&calls);
    let kill = HelperSpec::new("Meet", "Kills, here.").needs(Capability::PROCESS_KILL);
    registry
        .register(kill, move |_: &mut Call<'_>| {
            counted.fetch_add(1, Ordering::Relaxed);
            Ok(Value::Null.into())
        })
        .unwrap();
    let mut recipe = Recipe::clone(&recipe("a", &["meet"]));
    recipe.on_loss = OnLoss::SkipDestructive;
    let runtime = builder(&[Arc::new(recipe)]).helpers(registry).build().unwrap();
    let submit = |pid: u32, second: u32, start: u32, lost: u32| {
        let text = format!(
            r#"{{"event_type":"execution","lost":{lost},"timestamp":"2026-01-01T10:00:{second:02}Z","process":{{"pid":{pid},"start":"2026-01-01T10:00:{start:02}Z"}}}}"#
        );
        let Ok(Line::Event(event)) = Line::parse(text.as_bytes(), 1) else { panic!("{text}") };
        let before = calls.load(Ordering::Relaxed);
        let _ = runtime.submit(event);
        runtime.drain().unwrap();
        calls.load(Ordering::Relaxed) - before
    };
    assert_eq!(submit(7, 20, 10, 0), 1);
    assert_eq!(submit(8, 30, 29, 5), 0, "it tells itself");
    assert_eq!(submit(7, 40, 10, 0), 0, "it was there");
    assert_eq!(submit(9, 40, 35, 0), 1, "it was not");
}
