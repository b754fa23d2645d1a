//! The engine: what the runtime is given.

use std::sync::Arc;

use reactant_core::engine::{EngineError, Language, Machine, ReactionEngine, Setup};

use crate::{confinement::Confinement, machine::Shell};

static LANGUAGE: Language = Language {
    format: "shell",
    aliases: &["sh"],
    extensions: &["sh"],
    defines_process: false,
    capability: Some("exec.shell"),
};

/// Scripts for `/bin/sh`.
#[derive(Debug, Default)]
pub struct Engine {
    confinement: Arc<Confinement>,
}

impl ReactionEngine for Engine {
    fn language(&self) -> &'static Language {
        &LANGUAGE
    }

    fn machine(&self, setup: &Setup) -> Result<Box<dyn Machine>, EngineError> {
        Ok(Box::new(Shell::new(setup, Arc::clone(&self.confinement))))
    }

    fn confinement(&self) -> Vec<String> {
        self.confinement.described()
    }
}
