//! What programs did: run in every language and compared.

use std::sync::{Arc, Mutex};

use jiff::Timestamp;
use reactant_core::{
    audit::Entry,
    detection::Detection,
    engine::Source,
    event::Line,
    recipe::{ReactionSpec, Recipe, SourceMap},
    runtime::{Outcome, Report, Runtime},
};
use reactant_helpers::{
    Standard,
    store::{Content, Store},
};

use crate::{program::Case, write::Language};

/// The place of the first case that does not leave the same journal in every language.
pub(crate) fn first_difference(cases: &[Case]) -> Result<Option<usize>, String> {
    let mut journals = Language::all().map(|language| journals(language, cases));
    let first = journals.next().transpose()?.unwrap_or_default();
    let mut wrong = None;
    for other in journals {
        let differs = first.iter().zip(&other?).position(|(one, other)| one != other);
        wrong = wrong.into_iter().chain(differs).min();
    }
    Ok(wrong)
}

/// A case in every language, and what it left there.
pub(crate) fn show(case: &Case) -> Result<String, String> {
    let mut shown = String::new();
    for event in &case.events {
        shown += &format!("{event}\n");
    }
    for language in Language::all() {
        let journals = journals(language, std::slice::from_ref(case))?;
        let program = language.program(&case.program);
        shown += &format!("--- {}\n{program}\n{}\n", language.format(), journals.concat());
    }
    Ok(shown)
}

/// What each case left, a line for each thing, on one machine.
fn journals(language: Language, cases: &[Case]) -> Result<Vec<String>, String> {
    let store = Store::memory();
    let recipes: Vec<Arc<Recipe>> = cases
        .iter()
        .enumerate()
        .map(|(index, case)| {
            let text = language.program(&case.program).into();
            let spec = ReactionSpec {
                format: language.format(),
                name: None,
                source: Source { name: format!("p{index}").into(), text },
                map: SourceMap {
                    file: std::path::Path::new("program").into(),
                    first_line: 1,
                    indent: 0,
                    first_column: 0,
                },
                timeout: None,
                memory: None,
                capabilities: None,
                dry_run: false,
            };
            Recipe::of_reaction(&format!("p{index}"), spec).into()
        })
        .collect();
    let outcomes: Arc<Mutex<Vec<Outcome>>> = Arc::default();
    let sink = Arc::clone(&outcomes);
    let runtime = Runtime::builder()
        .engines(reactant_engines::table())
        .helpers(Standard::new(store.clone()).registry())
        .recipes(recipes.clone())
        .on_report(move |report| {
            if let Report::Outcome(outcome) = report {
                sink.lock().expect("no holder panics").push(outcome);
            }
        })
        .build()
        .map_err(|error| error.to_string())?;
    for (index, case) in cases.iter().enumerate() {
        for (number, json) in (1..).zip(&case.events) {
            let line = Line::parse(json.to_string().as_bytes(), number)
                .map_err(|error| error.to_string())?;
            let Line::Event(mut event) = line else {
                return Err("a header is no event".to_owned());
            };
            event.complete(number, 0, Timestamp::UNIX_EPOCH);
            let recipe = Arc::clone(&recipes[index]);
            let data = Arc::new(event.data(&recipe.metadata, event.actions()));
            runtime.answer(Detection { event: Arc::new(event), recipe, recipe_index: index, data });
        }
    }
    let _ = runtime.finish();
    let outcomes = outcomes.lock().expect("no holder panics");
    let mut left = vec![String::new(); cases.len()];
    for outcome in outcomes.iter() {
        let journal = &mut left[outcome.detection.recipe_index];
        journal.push_str(&format!("{:?}\n", outcome.status));
        for entry in &outcome.entries {
            match entry {
                Entry::Log { level, message } => {
                    journal.push_str(&format!("  {level:?} {message}\n"))
                }
                Entry::Action(act) => {
                    journal.push_str(&format!(
                        "  {}{:?} = {:?} {:?} {}\n",
                        act.helper, act.args, act.result, act.errno, act.truncated
                    ));
                }
            }
        }
    }
    let now = "2026-11-24T10:15:00Z".parse().map_err(|_| "no time")?;
    for (index, journal) in left.iter_mut().enumerate() {
        let space =
            store.namespace(&format!("p{index}"), now).map_err(|error| error.to_string())?;
        let dump = space.export().map_err(|error| error.to_string())?;
        for (key, entry) in dump.keys {
            journal.push_str(&format!("  {key:?} holds {:?}\n", Content::into_text(entry.content)));
        }
    }
    Ok(left)
}
