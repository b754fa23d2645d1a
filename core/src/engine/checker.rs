//! Checking scripts before anything runs: each is loaded once, with every helper shut.

use std::{cell::RefCell, collections::HashMap};

use super::{Engines, Halt, Language, Machine, ScriptError, Setup, Source};
use crate::{limits::Limits, recipe::load::Scripts};

/// Loads scripts in machines of its own; belongs to one thread, whose stack should have 2 MiB.
pub struct Checker<'a> {
    engines: &'a Engines,
    setup: Setup,
    machines: RefCell<HashMap<&'static str, Box<dyn Machine>>>,
}

impl<'a> Checker<'a> {
    /// A checker for the engines of a table.
    #[must_use]
    pub fn new(engines: &'a Engines, setup: Setup) -> Checker<'a> {
        Checker { engines, setup, machines: RefCell::default() }
    }
}

impl Scripts for Checker<'_> {
    fn language(&self, format: &str) -> Option<&Language> {
        self.engines.get(format).map(|engine| engine.language())
    }

    fn check(&self, language: &Language, source: &Source, limits: &Limits) -> Result<(), Halt> {
        let mut machines = self.machines.borrow_mut();
        let machine = match machines.entry(language.format) {
            std::collections::hash_map::Entry::Occupied(entry) => entry.into_mut(),
            std::collections::hash_map::Entry::Vacant(entry) => {
                let engine = self.engines.get(language.format);
                let machine = engine.map(|engine| engine.machine(&self.setup)).transpose();
                let failed = |message: String| {
                    Halt::Threw(ScriptError { message, at: None, trace: Vec::new() })
                };
                match machine.map_err(|error| failed(error.to_string()))? {
                    Some(machine) => entry.insert(machine),
                    None => return Err(failed(format!("no engine for `{}`", language.format))),
                }
            }
        };
        machine.load(source, limits).map(|_| ())
    }
}

impl std::fmt::Debug for Checker<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Checker").field("engines", &self.engines).finish_non_exhaustive()
    }
}
