//! Calls through the host, as a script would make them.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, OnceLock, atomic::AtomicBool},
    time::{Duration, Instant},
};

use jiff::Timestamp;

use reactant_core::{
    audit::{Action, Entry},
    capability::{Capability, Grants, Request},
    clock::EventClock,
    detection::Detection,
    engine::{Door, Source},
    event::{Event, Line},
    helper::{Level, Registry},
    host::{Host, Terms},
    limits::Limits,
    recipe::{ReactionSpec, Recipe, SourceMap, When},
    value::Value,
    verdict::{Question, TooLate},
};

use crate::{Standard, store::Store};

static RUNNING: AtomicBool = AtomicBool::new(false);

/// Who calls, and under which terms.
pub(crate) struct Caller {
    pub(crate) registry: Registry,
    pub(crate) grants: Grants,
    pub(crate) dry_run: bool,
    pub(crate) seed: u64,
    pub(crate) limits: Limits,
    pub(crate) detection: Detection,
    pub(crate) question: Option<Arc<dyn Question>>,
}

/// An act that waits; its copies are the same.
#[derive(Debug, Clone, Default)]
pub(crate) struct Asked(Arc<OnceLock<bool>>);

impl Question for Asked {
    fn event(&self) -> Option<Event> {
        Some(event_of(EVENT))
    }

    fn deadline(&self) -> Instant {
        Instant::now() + Duration::from_secs(3600)
    }

    fn is_pending(&self) -> bool {
        self.0.get().is_none()
    }

    fn allow(&self) {
        self.0.get_or_init(|| false);
    }

    fn refuse(&self) -> Result<(), TooLate> {
        if *self.0.get_or_init(|| true) { Ok(()) } else { Err(TooLate) }
    }

    fn is_refused(&self) -> bool {
        self.0.get() == Some(&true)
    }
}

/// What a call gave.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Gave {
    pub(crate) value: Value,
    /// `Errno()` afterwards, in an invocation of this call alone.
    pub(crate) errno: String,
    pub(crate) logs: Vec<(Level, String)>,
    pub(crate) actions: Vec<Action>,
}

impl Caller {
    pub(crate) fn new(standard: &Standard, event: &str) -> Caller {
        let spec = ReactionSpec {
            format: "js",
            name: None,
            source: Source { name: "test".into(), text: "".into() },
            map: SourceMap {
                file: Path::new("test.js").into(),
                first_line: 1,
                indent: 0,
                first_column: 0,
            },
            timeout: None,
            memory: None,
            capabilities: None,
            dry_run: false,
        };
        let all: Vec<Request> = Capability::STANDARD
            .into_iter()
            .map(|capability| Request { capability, path: None })
            .collect();
        let event = Arc::new(event_of(event));
        Caller {
            registry: standard.registry(),
            grants: Grants::none().with(&all),
            dry_run: true,
            seed: 0,
            limits: Limits::default(),
            detection: Detection {
                data: Arc::new(event.packed().clone()),
                event,
                recipe: Arc::new(Recipe::of_reaction("test", spec)),
                recipe_index: 0,
            },
            question: None,
        }
    }

    /// A dry run over a fresh store.
    pub(crate) fn dry(event: &str) -> Caller {
        Caller::new(&Standard::new(Store::memory()), event)
    }

    /// Acts on this machine.
    pub(crate) fn live() -> Caller {
        Caller { dry_run: false, ..Caller::dry(EVENT) }
    }

    pub(crate) fn event(&mut self, event: &str) {
        self.detection.event = Arc::new(event_of(event));
    }

    pub(crate) fn recipe(&mut self, change: impl FnOnce(&mut Recipe)) {
        change(Arc::make_mut(&mut self.detection.recipe));
    }

    pub(crate) fn named(&mut self, name: &str) {
        self.recipe(|recipe| recipe.name = name.into());
    }

    pub(crate) fn before(&mut self) {
        self.recipe(|recipe| recipe.when = When::Before);
    }

    pub(crate) fn grant(&mut self, requests: &[&str]) {
        let requests: Vec<Request> = requests.iter().map(|text| text.parse().unwrap()).collect();
        self.grants = self.grants.clone().with(&requests);
    }

    /// The host of one invocation.
    pub(crate) fn host(&self) -> Host<'_> {
        Host::new(Terms {
            registry: &self.registry,
            grants: &self.grants,
            limits: &self.limits,
            clock: &EventClock,
            detection: &self.detection,
            reaction: 0,
            dry_run: self.dry_run,
            seed: self.seed,
            cancelled: &RUNNING,
            question: self.question.as_deref(),
        })
    }

    /// Calls one helper, in an invocation of its own.
    pub(crate) fn call(&self, helper: &str, args: &[&dyn Argument]) -> Gave {
        let mut host = self.host();
        let id = |name| self.registry.id(name).unwrap();
        let args: Vec<Value> = args.iter().map(|arg| arg.value()).collect();
        let value = host.call(id(helper), &args).unwrap();
        let errno = host.call(id("Errno"), &[]).unwrap().to_string();
        let (mut logs, mut actions) = (Vec::new(), Vec::new());
        for entry in host.close().1 {
            match entry {
                Entry::Log { level, message } => logs.push((level, message)),
                Entry::Action(action) => actions.push(action),
            }
        }
        Gave { value, errno, logs, actions }
    }

    /// Result and `Errno()` of one call.
    pub(crate) fn give(&self, helper: &str, args: &[&dyn Argument]) -> (Value, String) {
        let gave = self.call(helper, args);
        (gave.value, gave.errno)
    }

    pub(crate) fn value(&self, helper: &str, args: &[&dyn Argument]) -> Value {
        self.call(helper, args).value
    }

    pub(crate) fn errno(&self, helper: &str, args: &[&dyn Argument]) -> String {
        self.call(helper, args).errno
    }
}

/// What tests give as an argument.
pub(crate) trait Argument {
    fn value(&self) -> Value;
}

impl Argument for &str {
    fn value(&self) -> Value {
        Value::from(*self)
    }
}

impl Argument for String {
    fn value(&self) -> Value {
        Value::from(self.as_str())
    }
}

impl Argument for i64 {
    fn value(&self) -> Value {
        Value::Int(*self)
    }
}

impl Argument for PathBuf {
    fn value(&self) -> Value {
        Value::from(self.to_str().unwrap())
    }
}

/// An event of a process that may be killed.
pub(crate) const EVENT: &str = r#"{"uuid":"u","timestamp":"2026-11-24T10:15:00Z","event_type":"execution",
    "process":{"pid":4242,"ppid":4200,"start":"2026-11-24T10:14:00Z","exe":"/usr/bin/curl"}}"#;

pub(crate) fn event_of(json: &str) -> Event {
    let Line::Event(mut event) = Line::parse(json.as_bytes(), 1).unwrap() else {
        panic!("a header")
    };
    event.complete(1, 0, Timestamp::UNIX_EPOCH);
    event
}

pub(crate) fn done() -> (Value, String) {
    (Value::Int(0), String::new())
}

pub(crate) fn already(note: &str) -> (Value, String) {
    (Value::Int(1), note.to_owned())
}

pub(crate) fn failed(text: &str) -> (Value, String) {
    (Value::Int(-1), text.to_owned())
}
