//! The engine: what the runtime is given.

use std::sync::Arc;

use reactant_core::engine::{
    Definitions, EngineError, Language, Machine, ReactionEngine, Reference, Setup,
};

use crate::{
    definitions::definitions,
    machine::QuickJs,
    watchdog::{Signal, Watch, WatchdogError},
};

static LANGUAGE: Language = Language {
    format: "js",
    aliases: &["javascript"],
    extensions: &["js"],
    defines_process: true,
    capability: None,
};

/// Native functions that never reach the engine's interrupt check, so that only the watchdog ends them in time.
const OVERRUNS: [&str; 10] = [
    "String.prototype.indexOf, lastIndexOf, includes, split and replaceAll with a long needle in a long text",
    "String.prototype.toUpperCase, toLowerCase, normalize and localeCompare of a long text",
    "Array.prototype.indexOf, includes, fill, join, reverse, shift, unshift, splice, slice, concat, copyWithin and sort of an object with a huge `length`",
    "Array.prototype.join and toString of a huge array",
    "TypedArray.prototype.sort, join, indexOf and fill of a huge array",
    "BigInt: multiplication, division, exponentiation and toString of numbers with very many digits",
    "JSON.parse of a long text and JSON.stringify of a large value",
    "Object.keys, assign, freeze and their kin on an object with very many properties",
    "encodeURIComponent, escape, atob and btoa and their kin of a long text",
    "a collection of cycles in a large heap",
];

/// JavaScript on QuickJS.
#[derive(Debug, Default)]
pub struct Engine {
    watch: Option<Arc<Watch>>,
}

impl Engine {
    /// An engine without a watchdog; the methods of the builder say more.
    #[must_use]
    pub fn builder() -> Builder {
        Builder { signal: None }
    }
}

/// Configures an [`Engine`].
#[derive(Debug)]
pub struct Builder {
    signal: Option<Signal>,
}

impl Builder {
    /// Lets a thread watch over deadlines, with a signal that it claims for the whole process until the engine and its machines are gone. Without it,
    /// [`ReactionEngine::overruns`] tells which calls may overrun.
    #[must_use]
    pub fn watchdog(mut self, signal: Signal) -> Builder {
        self.signal = Some(signal);
        self
    }

    /// Builds it.
    ///
    /// # Errors
    ///
    /// [`WatchdogError`] where the signal cannot be claimed; without a watchdog there is none.
    pub fn build(self) -> Result<Engine, WatchdogError> {
        let watch = self.signal.map(Watch::start).transpose()?;
        Ok(Engine { watch: watch.map(Arc::new) })
    }
}

impl ReactionEngine for Engine {
    fn language(&self) -> &'static Language {
        &LANGUAGE
    }

    fn machine(&self, setup: &Setup) -> Result<Box<dyn Machine>, EngineError> {
        match QuickJs::new(setup, self.watch.clone()) {
            Ok(machine) => Ok(Box::new(machine)),
            Err(message) => Err(EngineError { language: LANGUAGE.format, message }),
        }
    }

    fn overruns(&self) -> Vec<String> {
        match self.watch {
            Some(_) => Vec::new(),
            None => OVERRUNS.iter().map(|call| (*call).to_owned()).collect(),
        }
    }

    fn definitions(&self, reference: &Reference<'_>) -> Option<Definitions> {
        Some(definitions(reference))
    }
}
