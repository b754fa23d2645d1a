//! The engine: what the runtime is given.

use reactant_core::engine::{
    Definitions, EngineError, Language, Machine, ReactionEngine, Reference, Setup,
};

use crate::{definitions::definitions, machine::Rhai, meter};

static LANGUAGE: Language = Language {
    format: "rhai",
    aliases: &[],
    extensions: &["rhai"],
    defines_process: true,
    capability: None,
};

/// What cannot be held where the program's allocator is no [`Meter`](crate::Meter).
const UNMETERED: &str = "the memory of a script as a whole: the program's allocator is no `Meter`, so only each value is bounded";

/// Rhai.
#[derive(Debug, Default)]
pub struct Engine {
    _private: (),
}

impl ReactionEngine for Engine {
    fn language(&self) -> &'static Language {
        &LANGUAGE
    }

    fn machine(&self, setup: &Setup) -> Result<Box<dyn Machine>, EngineError> {
        match Rhai::new(setup) {
            Ok(machine) => Ok(Box::new(machine)),
            Err(message) => Err(EngineError { language: LANGUAGE.format, message }),
        }
    }

    fn overruns(&self) -> Vec<String> {
        if meter::installed() { Vec::new() } else { vec![UNMETERED.to_owned()] }
    }

    fn definitions(&self, reference: &Reference<'_>) -> Option<Definitions> {
        Some(definitions(reference))
    }
}
