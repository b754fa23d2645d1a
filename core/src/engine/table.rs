//! The engines of a build, by format name.

use std::{fmt, sync::Arc};

use super::{Language, ReactionEngine};

/// Format name → engine. Languages differ in their names and aliases.
#[derive(Clone, Default)]
pub struct Engines {
    engines: Vec<Arc<dyn ReactionEngine>>,
}

impl Engines {
    /// No engine.
    #[must_use]
    pub fn new() -> Engines {
        Engines::default()
    }

    /// Adds an engine, in place of one for the same format.
    #[must_use]
    pub fn with(mut self, engine: impl ReactionEngine + 'static) -> Engines {
        let format = engine.language().format;
        self.engines.retain(|other| other.language().format != format);
        self.engines.push(Arc::new(engine));
        self
    }

    /// The engine for a format name or one of its aliases.
    #[must_use]
    pub fn get(&self, format: &str) -> Option<&Arc<dyn ReactionEngine>> {
        self.engines.iter().find(|engine| {
            let language = engine.language();
            language.format == format || language.aliases.contains(&format)
        })
    }

    /// The engine for a source file's extension, without the dot.
    #[must_use]
    pub fn for_extension(&self, extension: &str) -> Option<&Arc<dyn ReactionEngine>> {
        self.engines.iter().find(|engine| engine.language().extensions.contains(&extension))
    }

    /// The engines, in the order of their addition.
    pub fn iter(&self) -> impl Iterator<Item = &Arc<dyn ReactionEngine>> {
        self.engines.iter()
    }

    /// The languages, in the order of their addition.
    pub fn languages(&self) -> impl Iterator<Item = &'static Language> {
        self.engines.iter().map(|engine| engine.language())
    }
}

impl fmt::Debug for Engines {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.languages().map(|language| language.format)).finish()
    }
}
