//! Recipes that decide before the act, with a toy engine: who is asked, who answers, and what happens when nobody does.

#![allow(clippy::unwrap_used, reason = "a test says what it expects")]

#[allow(dead_code, reason = "other tests use the rest")]
#[path = "runtime/toy.rs"]
mod toy;

use std::{
    path::Path,
    sync::{Arc, Condvar, Mutex, OnceLock},
    time::{Duration, Instant},
};

use reactant_core::{
    capability::Capability,
    engine::{Engines, Source},
    event::{Action, Event, Line},
    helper::{Call, Failure, HelperSpec, ParamKind, Registry},
    limits::Limits,
    recipe::{ReactionSpec, Recipe, SourceMap, When},
    runtime::{Builder, Report, Runtime, Status},
    value::Value,
    verdict::{Judge, Question, TooLate},
};
use toy::Toy;

/// When a test that waits gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// An act that waits.
#[derive(Debug)]
struct Asked {
    json: String,
    deadline: Instant,
    answer: OnceLock<bool>,
    answered: (Mutex<()>, Condvar),
}

impl Asked {
    fn new(path: &str, action: &str, timeout: Duration) -> Arc<Asked> {
        let kind = if action == "execve" { "execution" } else { "file_access" };
        Arc::new(Asked {
            json: format!(
                r#"{{"event_type":"{kind}","before":true,"process":{{"pid":700}},"file":{{"file":"{path}","actions":["{action}"]}}}}"#
            ),
            deadline: Instant::now() + timeout,
            answer: OnceLock::new(),
            answered: Default::default(),
        })
    }

    /// The first answer stays.
    fn answer(&self, refused: bool) -> bool {
        let kept = *self.answer.get_or_init(|| refused);
        let _guard = self.answered.0.lock().unwrap();
        self.answered.1.notify_all();
        kept
    }

    /// Waits until somebody answers; whether it was refused.
    fn wait(&self) -> bool {
        let guard = self.answered.0.lock().unwrap();
        let waiting = |(): &mut ()| self.answer.get().is_none();
        let (_guard, waited) =
            self.answered.1.wait_timeout_while(guard, PATIENCE, waiting).unwrap();
        assert!(!waited.timed_out(), "nobody answers");
        *self.answer.get().unwrap()
    }
}

impl Question for Asked {
    fn event(&self) -> Option<Event> {
        event(&self.json)
    }

    fn deadline(&self) -> Instant {
        self.deadline
    }

    fn is_pending(&self) -> bool {
        self.answer.get().is_none()
    }

    fn allow(&self) {
        self.answer(false);
    }

    fn refuse(&self) -> Result<(), TooLate> {
        if self.answer(true) { Ok(()) } else { Err(TooLate) }
    }

    fn is_refused(&self) -> bool {
        self.answer.get() == Some(&true)
    }
}

fn event(json: &str) -> Option<Event> {
    match Line::parse(json.as_bytes(), 1).unwrap() {
        Line::Event(event) => Some(event),
        Line::Header(_) => None,
    }
}

fn reaction(text: &str, timeout: Option<Duration>) -> ReactionSpec {
    ReactionSpec {
        format: "toy",
        name: None,
        source: Source { name: "toy".into(), text: text.into() },
        map: SourceMap {
            file: Path::new("r.yaml").into(),
            first_line: 1,
            indent: 0,
            first_column: 0,
        },
        timeout,
        memory: None,
        capabilities: None,
        dry_run: false,
    }
}

/// A recipe that decides all executions.
fn recipe(name: &str, reactions: &[&str], timeout: Option<Duration>) -> Recipe {
    let mut recipe = Recipe::of_reaction(name, reaction("", None));
    recipe.reactions = reactions.iter().map(|text| reaction(text, timeout)).collect();
    recipe.when = When::Before;
    recipe
}

/// `say` refuses what is asked.
fn registry() -> Registry {
    let mut registry = Registry::new();
    let deny =
        HelperSpec::new("Say", "").param("text", ParamKind::Text).needs(Capability::LOG).acts();
    registry
        .register(deny, |call: &mut Call<'_>| {
            let question = call.question.ok_or_else(|| Failure::new("nobody asks"))?;
            question.refuse().map_err(|late| Failure::new(late.to_string()))?;
            Ok(Value::from(0).into())
        })
        .unwrap();
    registry
}

fn builder(recipes: Vec<Recipe>) -> Builder {
    Runtime::builder()
        .engines(Engines::new().with(Toy))
        .helpers(registry())
        .recipes(recipes.into_iter().map(Arc::new).collect())
}

fn ask(runtime: &Runtime, path: &str) -> Arc<Asked> {
    let asked = Asked::new(path, "execve", PATIENCE);
    assert!(runtime.ask(Arc::clone(&asked) as _));
    asked
}

#[test]
fn the_first_denial_answers_and_what_nobody_denies_is_allowed() {
    let told: Arc<Mutex<Vec<Report>>> = Arc::default();
    let sink = Arc::clone(&told);
    let runtime = builder(vec![
        recipe("denies", &["say no", "sleep 1"], None),
        recipe("looks", &["sleep 1"], None),
    ])
    .verdicts(2, 16)
    .on_report(move |report| sink.lock().unwrap().push(report))
    .build()
    .unwrap();
    assert!(ask(&runtime, "/bin/x").wait());
    let figures = runtime.finish();
    let told = told.lock().unwrap();
    let dropped =
        told.iter().filter(|report| matches!(report, Report::Verdict { dropped: true, .. }));
    assert_eq!((dropped.count(), told.len()), (2, 5), "{told:?}");
    assert_eq!((figures.detections, figures.reactions, figures.errors), (2, 3, 0));

    let runtime =
        builder(vec![recipe("looks", &["sleep 1"], None)]).verdicts(1, 16).build().unwrap();
    assert!(!ask(&runtime, "/bin/x").wait());
}

#[test]
fn only_acts_that_some_recipe_may_decide_are_wanted_and_for_its_time() {
    let mut quick = recipe("quick", &["say no"], None);
    quick.file.bases =
        vec![reactant_core::recipe::Base { dir: Some("/etc".to_owned()), base: None, regex: None }];
    let mut slow = quick.clone();
    slow.name = "slow".into();
    slow.mechanism = reactant_core::recipe::Mechanism::FileAccess;
    slow.file.actions = [Action::Open].into_iter().collect();
    slow.reactions = vec![reaction("", Some(Duration::from_secs(90)))];
    let mut after = recipe("after", &["say no"], None);
    after.when = When::After;
    let limits = Limits { timeout: Duration::from_secs(5), ..Limits::default() };
    let runtime = builder(vec![quick, slow, after]).limits(limits).verdicts(1, 1).build().unwrap();
    let wants = |path, action| runtime.wants(path, action);
    assert_eq!(wants("/etc/passwd", Action::Execve), Some(Duration::from_millis(20)));
    assert_eq!(wants("/etc/passwd", Action::Open), Some(limits.timeout), "no longer than any may");
    assert_eq!(wants("/bin/sh", Action::Execve), None, "what answers afterwards is not asked");
    assert_eq!(runtime.decides(), [Action::Open, Action::Execve].into_iter().collect());
    assert!(builder(vec![]).build().unwrap().decides().is_empty());
}

#[test]
fn what_has_happened_is_nothing_to_decide_and_what_waits_is_nothing_to_answer() {
    let mut after = recipe("after", &["sleep 0"], None);
    after.when = When::After;
    let recipes = || vec![recipe("before", &["sleep 0"], None), after.clone()];
    let happened = || {
        event(r#"{"event_type":"execution","process":{"pid":7},"file":{"file":"/bin/x","actions":["execve"]}}"#).unwrap()
    };
    let waiting = || event(&Asked::new("/bin/x", "execve", PATIENCE).json).unwrap();
    let live = builder(recipes()).verdicts(1, 1).build().unwrap();
    assert_eq!(live.submit(happened()).detections, 1);
    assert_eq!(live.submit(waiting()).detections, 1);
    // A recording in which nobody was asked: what would be decided is simulated on what happened.
    let replay = builder(recipes()).build().unwrap();
    assert_eq!(replay.submit(happened()).detections, 2);
    replay.set_asked();
    assert_eq!(replay.submit(happened()).detections, 1);
}

#[test]
fn a_full_queue_gives_the_question_back_and_one_that_nobody_waits_for_is_skipped() {
    let runtime = builder(vec![recipe("slow", &["sleep 200"], Some(PATIENCE))])
        .verdicts(1, 1)
        .build()
        .unwrap();
    let first = ask(&runtime, "/bin/1");
    let second = Asked::new("/bin/2", "execve", PATIENCE);
    // The worker takes the first one some time.
    let start = Instant::now();
    while !runtime.ask(Arc::clone(&second) as _) {
        assert!(start.elapsed() < PATIENCE);
        std::thread::yield_now();
    }
    assert!(!runtime.ask(Asked::new("/bin/3", "execve", PATIENCE)));
    second.allow();
    assert!(!first.wait());
    assert_eq!(runtime.finish().detections, 1);
}

#[test]
fn reactions_of_one_question_do_not_wait_for_each_other_and_end_with_its_deadline() {
    let outcomes: Arc<Mutex<Vec<Status>>> = Arc::default();
    let sink = Arc::clone(&outcomes);
    let runtime = builder(vec![
        recipe("slow", &["sleep 300"], Some(PATIENCE)),
        recipe("denies", &["say no"], Some(PATIENCE)),
    ])
    .verdicts(2, 8)
    .on_report(move |report| {
        if let Report::Outcome(outcome) = report {
            sink.lock().unwrap().push(outcome.status);
        }
    })
    .build()
    .unwrap();
    let asked = Asked::new("/bin/x", "execve", Duration::from_millis(100));
    assert!(runtime.ask(Arc::clone(&asked) as _));
    assert!(asked.wait());
    let _ = runtime.finish();
    assert_eq!(*outcomes.lock().unwrap(), [Status::Timeout, Status::Ok]);
}

#[test]
fn who_takes_no_reports_holds_up_no_answer() {
    let stuck = Arc::new((Mutex::new(true), Condvar::new()));
    let gate = Arc::clone(&stuck);
    let runtime = builder(vec![recipe("denies", &["say no"], Some(PATIENCE))])
        .verdicts(1, 4096)
        .on_report(move |_| {
            let guard = gate.0.lock().unwrap();
            drop(gate.1.wait_while(guard, |stuck| *stuck).unwrap());
        })
        .build()
        .unwrap();
    let asked: Vec<_> = (0..1100).map(|n| ask(&runtime, &format!("/bin/{n}"))).collect();
    assert!(asked.iter().all(|asked| asked.wait()));
    *stuck.0.lock().unwrap() = false;
    stuck.1.notify_all();
    let figures = runtime.finish();
    assert_eq!(figures.reactions, 1100);
    assert!(figures.untold > 0 && figures.untold <= 2 * 1100, "{figures:?}");
}

#[test]
fn an_engine_that_fails_inside_refuses_nothing() {
    let runtime = builder(vec![recipe("breaks", &["panic"], None)]).verdicts(1, 8).build().unwrap();
    assert!(!ask(&runtime, "/bin/x").wait());
    assert!(!ask(&runtime, "/bin/x").wait(), "the worker goes on");
}
