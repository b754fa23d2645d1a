//! The engine: what the runtime is given.

use reactant_core::engine::{
    Definitions, EngineError, Language, Machine, ReactionEngine, Reference, Setup,
};

use crate::{definitions::definitions, dialect::OVERRUNS, machine::Lua};

static LANGUAGE: Language = Language {
    format: "lua",
    aliases: &[],
    extensions: &["lua"],
    defines_process: true,
    capability: None,
};

/// Lua, in the dialect that the features choose.
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
