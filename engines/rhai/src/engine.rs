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

/// What cannot be held where panics abort: there a script cannot be left in the middle of writing a value.
const ABORTING: &str = "the time and memory of a list or map that is put into a text: this build aborts where it panics, so Rhai goes on after a limit was reached";

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
        let held = [(UNMETERED, meter::installed()), (ABORTING, cfg!(panic = "unwind"))];
        held.into_iter().filter(|(_, held)| !held).map(|(what, _)| what.to_owned()).collect()
    }

    fn definitions(&self, reference: &Reference<'_>) -> Option<Definitions> {
        Some(definitions(reference))
    }
}
