//! The formats of reactions that the product knows, whether or not this build has an engine for them.

/// A format as `recipes.md` names it.
#[derive(Debug)]
pub(super) struct Format {
    /// The name.
    pub(super) name: &'static str,
    /// Other spellings.
    pub(super) aliases: &'static [&'static str],
    /// Whether a reaction loads without an engine: a shell script runs only where that is granted, but loads anywhere.
    pub(super) loads_without_engine: bool,
}

/// The format that runs in `/bin/sh`.
pub(super) const SHELL: &str = "shell";

pub(super) const FORMATS: [Format; 4] = [
    Format { name: "js", aliases: &["javascript"], loads_without_engine: false },
    Format { name: SHELL, aliases: &["sh"], loads_without_engine: true },
    Format { name: "lua", aliases: &[], loads_without_engine: false },
    Format { name: "rhai", aliases: &[], loads_without_engine: false },
];

/// The format of that spelling.
pub(super) fn known(spelling: &str) -> Option<&'static Format> {
    FORMATS.iter().find(|format| format.name == spelling || format.aliases.contains(&spelling))
}

/// Every spelling.
pub(super) fn names() -> Vec<&'static str> {
    FORMATS
        .iter()
        .flat_map(|format| [format.name].into_iter().chain(format.aliases.iter().copied()))
        .collect()
}
