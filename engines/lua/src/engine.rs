//! The engine: what the runtime is given.

use reactant_core::engine::{
    Definitions, EngineError, Language, Machine, ReactionEngine, Reference, Setup,
};

use crate::{definitions::definitions, machine::Lua};

static LANGUAGE: Language = Language {
    format: "lua",
    aliases: &[],
    extensions: &["lua"],
    defines_process: true,
    capability: None,
};

/// What runs without a look at the clock, for a time that the memory limit and the length of a script bound.
const OVERRUNS: [&str; 3] = [
    "a collection of a large heap",
    "the compilation of a long script",
    "one call of a function of `table`, `string` or `buffer` on a table or text of nearly the memory limit",
];

/// Lua, on Luau.
#[derive(Debug, Default)]
pub struct Engine {
    _private: (),
}

impl ReactionEngine for Engine {
    fn language(&self) -> &'static Language {
        &LANGUAGE
    }

    fn machine(&self, setup: &Setup) -> Result<Box<dyn Machine>, EngineError> {
        match Lua::new(setup) {
            Ok(machine) => Ok(Box::new(machine)),
            Err(message) => Err(EngineError { language: LANGUAGE.format, message }),
        }
    }

    fn definitions(&self, reference: &Reference<'_>) -> Option<Definitions> {
        Some(definitions(reference))
    }

    fn overruns(&self) -> Vec<String> {
        OVERRUNS.iter().map(|call| (*call).to_owned()).collect()
    }
}
