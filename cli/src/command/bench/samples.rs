//! What is measured where the user names nothing: three reactions in every language, and an event.

use std::{path::Path, sync::Arc};

use reactant_core::{
    engine::{Engines, Source},
    event::{Event, Line},
    recipe::{ReactionSpec, Recipe, SourceMap},
};

use crate::exit::Failure;

const EVENT: &str = include_str!("../../../samples/bench/event.json");

/// Name, format and text.
macro_rules! samples {
    ($($name:literal: $($format:literal $extension:literal),*;)*) => {
        [$(($name, &[$(($format, include_str!(concat!("../../../samples/bench/", $name, ".", $extension)))),*])),*]
    };
}

const SAMPLES: [(&str, &[(&str, &str)]); 3] = samples! {
    "early_exit": "js" "js", "lua" "lua", "rhai" "rhai";
    "typical": "js" "js", "lua" "lua", "rhai" "rhai";
    "whole_event": "js" "js", "lua" "lua", "rhai" "rhai";
};

/// The built-in reactions, a recipe each, in the languages of this build.
pub(super) fn recipes(engines: &Engines) -> Vec<Arc<Recipe>> {
    let recipe = |(name, sources): &(&str, &[(&str, &str)])| {
        let specs = sources.iter().filter_map(|(format, text)| {
            let language = engines.get(format)?.language();
            Some(ReactionSpec {
                format: language.format,
                name: None,
                source: Source { name: (*name).into(), text: (*text).into() },
                map: SourceMap {
                    file: Path::new(name).into(),
                    first_line: 1,
                    indent: 0,
                    first_column: 0,
                },
                timeout: None,
                memory: None,
                capabilities: None,
                dry_run: false,
            })
        });
        let specs: Vec<ReactionSpec> = specs.collect();
        let mut recipe = Recipe::of_reaction(name, specs.first()?.clone());
        recipe.reactions = specs;
        Some(Arc::new(recipe))
    };
    SAMPLES.iter().filter_map(recipe).collect()
}

/// The built-in event.
pub(super) fn event() -> Result<Event, Failure> {
    match Line::parse(EVENT.trim().as_bytes(), 1) {
        Ok(Line::Event(mut event)) => {
            event.complete(1, 0, jiff::Timestamp::UNIX_EPOCH);
            Ok(event)
        }
        _ => Err(Failure::Problem("the built-in event does not load".to_owned())),
    }
}
