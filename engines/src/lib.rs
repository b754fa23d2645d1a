//! The engines of Reactant as a table: format name → engine.
//!
//! Each language is a feature, and features only add: `quickjs`, `lua`, `rhai` and `shell` (on by default). A program that wants another set switches the default features off
//! and names those that it wants; a format whose engine is missing is a diagnostic where a recipe uses it.
//!
//! `lua` runs Lua on Luau. `lua54` runs it on Lua 5.4 and `luajit` on LuaJIT, in its place: a program holds one dialect of Lua, so that these exclude each other.

#[doc = include_str!("guide.md")]
pub mod guide {}

use reactant_core::engine::{EngineError, Engines};
/// A program's allocator that lets Rhai's scripts be held to their memory: `#[global_allocator] static METER: Meter = Meter::system();`.
#[cfg(feature = "rhai")]
pub use reactant_engine_rhai::Meter;

/// The engines of this build, without anything that the whole process would notice. What they may not end in time is told by
/// [`ReactionEngine::overruns`](reactant_core::engine::ReactionEngine::overruns).
#[must_use]
pub fn table() -> Engines {
    let engines = Engines::new();
    #[cfg(feature = "quickjs")]
    let engines = engines.with(reactant_engine_quickjs::Engine::default());
    #[cfg(any(feature = "lua", feature = "lua54", feature = "luajit"))]
    let engines = engines.with(reactant_engine_lua::Engine::default());
    #[cfg(feature = "rhai")]
    let engines = engines.with(reactant_engine_rhai::Engine::default());
    #[cfg(feature = "shell")]
    let engines = engines.with(reactant_engine_shell::Engine::default());
    engines
}

/// The engines of this build with every deadline watched over: QuickJS claims a signal for the life of the table.
///
/// # Errors
///
/// [`EngineError`] where the signal cannot be claimed, because the process handles it already.
pub fn watched() -> Result<Engines, EngineError> {
    let engines = table();
    #[cfg(feature = "quickjs")]
    let engines = {
        let builder = reactant_engine_quickjs::Engine::builder();
        let engine = builder.watchdog(reactant_engine_quickjs::Signal::URGENT).build();
        let failed = |error| EngineError { language: "js", message: format!("{error}") };
        engines.with(engine.map_err(failed)?)
    };
    Ok(engines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_language_is_found_by_its_names() {
        let engines = table();
        for language in engines.languages() {
            for name in language.aliases.iter().chain([&language.format]) {
                assert_eq!(engines.get(name).unwrap().language().format, language.format);
            }
        }
        assert!(engines.get("python").is_none());
        assert_eq!(engines.get("javascript").is_some(), cfg!(feature = "quickjs"));
        assert_eq!(engines.get("sh").is_some(), cfg!(feature = "shell"));
    }
}
