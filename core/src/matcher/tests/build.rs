//! Recipes and events for the tests.

use std::{path::Path, sync::Arc};

use regex::Regex;
use serde_json::Value as Json;

use crate::{
    diagnostic::{Place, SourceFile},
    event::{Action, ActionSet, Event, Flag, FlagSet, Line},
    matcher::{Matcher, Options, State, Verdict},
    packed::Packed,
    recipe::{
        Base, Breed, FileCondition, FlowCondition, Importance, Mechanism, OnLoss, Recipe, When,
    },
    value::Value,
};

/// A recipe that restricts nothing.
pub(super) fn recipe(mechanism: Mechanism) -> Recipe {
    let file = SourceFile { path: Arc::from(Path::new("test.yaml")), text: Arc::from("") };
    Recipe {
        name: Arc::from("test"),
        kind: Arc::from("test"),
        enabled: true,
        version: "1.0".to_owned(),
        description: String::new(),
        documentation: String::new(),
        breed: Breed::FileAccess,
        mechanism,
        tactic: String::new(),
        technique: String::new(),
        subtechnique: String::new(),
        importance: Importance::Low,
        times: Vec::new(),
        arbitrary: Vec::new(),
        file: FileCondition::default(),
        flow: FlowCondition::default(),
        reactions: Vec::new(),
        capabilities: None,
        on_loss: OnLoss::Ignore,
        when: When::After,
        metadata: Arc::new(Packed::of(&Value::Null)),
        place: Place { file: Arc::new(file), line: 1, column: 1, offset: 0, len: 1 },
    }
}

/// A recipe that was changed from one that restricts nothing.
pub(super) fn with(mechanism: Mechanism, change: impl FnOnce(&mut Recipe)) -> Recipe {
    let mut recipe = recipe(mechanism);
    change(&mut recipe);
    recipe
}

/// An entry of `bases`; empty parts are not given.
pub(super) fn base(dir: &str, base: &str, regex: &str) -> Base {
    let part = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    Base {
        dir: part(dir),
        base: part(base),
        regex: part(regex).map(|text| Regex::new(&text).unwrap()),
    }
}

/// The actions of those names.
pub(super) fn actions(names: &str) -> ActionSet {
    names.split_ascii_whitespace().map(|name| Action::from_name(name).unwrap()).collect()
}

/// The flags of those names.
pub(super) fn flags(names: &str) -> FlagSet {
    names.split_ascii_whitespace().map(|name| Flag::from_name(name).unwrap()).collect()
}

/// The event of that JSON.
pub(super) fn event(json: &Json) -> Event {
    match Line::parse(json.to_string().as_bytes(), 1) {
        Ok(Line::Event(event)) => event,
        other => panic!("{json} is no event: {other:?}"),
    }
}

/// A matcher and its state, with the capacities that a test needs.
pub(super) struct Run {
    pub(super) matcher: Matcher,
    pub(super) state: State,
}

impl Run {
    pub(super) fn new(recipes: &[Recipe]) -> Run {
        Run::with(recipes, Options { hostname: "here".to_owned(), ..Options::default() })
    }

    pub(super) fn with(recipes: &[Recipe], options: Options) -> Run {
        let recipes: Vec<Arc<Recipe>> = recipes.iter().cloned().map(Arc::new).collect();
        let matcher = Matcher::new(&recipes, options);
        let state = matcher.state();
        Run { matcher, state }
    }

    pub(super) fn judge(&mut self, json: &Json) -> Verdict {
        let event = event(json);
        let candidates = self.matcher.candidates(&event);
        self.matcher.judge(&mut self.state, &event, candidates)
    }

    /// Whether the only recipe fires.
    pub(super) fn fires(&mut self, json: &Json) -> bool {
        !self.judge(json).fired.is_empty()
    }
}

/// Whether a single recipe fires on a single event.
pub(super) fn fires(recipe: &Recipe, json: &Json) -> bool {
    Run::new(std::slice::from_ref(recipe)).fires(json)
}
