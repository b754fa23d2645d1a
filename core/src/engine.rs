//! What a language is to the runtime: an engine makes machines, a machine loads scripts and runs them on events.
//!
//! The border is remotable. An event crosses it as one [`Packed`] buffer without references into the host, everything else
//! in [`Invocation`] is plain data, and the host is one synchronous [`Door`]. An engine can therefore run in another process behind a pipe, and a
//! test does just that.
//!
//! Three rules make the languages behave as one, and every engine keeps them:
//!
//! 1. Sources cross threads, machines do not: each worker thread makes its own.
//! 2. The host's verdict outranks the script's: once [`Door::call`] said [`Stop`], the engine unwinds the script in a way that the script
//!    cannot catch, and even where it returns normally the invocation counts as stopped.
//! 3. The door is shut while a script loads; the deadline covers loading.

mod checker;
mod table;

use std::{fmt, sync::Arc};

use serde::{Deserialize, Serialize};

pub use checker::Checker;
pub use table::Engines;

use crate::{
    event::{self, ObjectType},
    helper::{HelperId, HelperSpec, Level, Registry},
    limits::{Limits, Stop},
    packed::Packed,
    value::Value,
};

/// A language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Language {
    /// The name as a recipe's `format` writes it.
    pub format: &'static str,
    /// Other spellings of `format`.
    pub aliases: &'static [&'static str],
    /// Extensions of source files, without the dot.
    pub extensions: &'static [&'static str],
    /// Whether a script must define `process(data)`.
    pub defines_process: bool,
    /// What a reaction must hold to be started at all, by name.
    pub capability: Option<&'static str>,
}

/// Makes virtual machines for one language; shared by all threads.
pub trait ReactionEngine: Send + Sync + fmt::Debug {
    /// The language.
    fn language(&self) -> &'static Language;

    /// Makes a machine for the calling thread.
    ///
    /// # Errors
    ///
    /// [`EngineError`] where the machine cannot be made (memory, a resource of the system).
    fn machine(&self, setup: &Setup) -> Result<Box<dyn Machine>, EngineError>;

    /// Calls that this engine, as it is configured, may not be able to end at the deadline; empty where there are none.
    fn overruns(&self) -> Vec<String> {
        Vec::new()
    }

    /// How scripts are confined, for a language that starts programs: what holds on this machine for this user, in one line each. May try it out the first
    /// time; empty where scripts reach nothing but the host.
    fn confinement(&self) -> Vec<String> {
        Vec::new()
    }

    /// What editors complete and check reactions with: the helpers and the objects of `data`, declared in a form that tools of the language read.
    /// `None` where the language has none.
    fn definitions(&self, reference: &Reference<'_>) -> Option<Definitions> {
        let _ = reference;
        None
    }
}

/// What there is to declare.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Reference<'a> {
    /// The helpers, in the registry's order.
    pub helpers: Vec<&'a HelperSpec>,
    /// The objects that `data` is made of; the first is that of `data` itself.
    pub objects: Vec<ObjectType>,
}

impl<'a> Reference<'a> {
    /// The helpers of a registry, and the objects of an event.
    #[must_use]
    pub fn new(registry: &'a Registry) -> Self {
        let helpers = registry.specs().map(|(_, spec)| spec).collect();
        Reference { helpers, objects: event::objects() }
    }
}

/// Declarations for editors.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Definitions {
    /// What their form is called: `d.ts`, `luals`, `rhai`.
    pub format: &'static str,
    /// The text of the file.
    pub text: String,
}

/// What every machine of a run is made from.
#[derive(Debug, Clone, Default)]
pub struct Setup {
    /// The helpers to offer, each under its name.
    pub helpers: Arc<[(HelperId, HelperSpec)]>,
    /// The largest memory limit of any reaction, in bytes.
    pub memory: usize,
    /// The clock while scripts load, in milliseconds since 1970: top-level code sees it standing still.
    pub now_millis: i64,
}

impl Setup {
    /// What machines need to offer the helpers of a registry.
    #[must_use]
    pub fn new(registry: &Registry, limits: &Limits, now_millis: i64) -> Setup {
        let helpers = registry.specs().map(|(id, spec)| (id, spec.clone())).collect();
        Setup { helpers, memory: limits.memory, now_millis }
    }
}

/// A virtual machine of one thread, with the scripts that it loaded.
pub trait Machine {
    /// Compiles a script and runs its top level, with every helper shut.
    ///
    /// # Errors
    ///
    /// [`Halt::Threw`] for a syntax error, an error that the top level threw, or a missing `process`; [`Halt::Stopped`] where a limit was reached.
    fn load(&mut self, source: &Source, limits: &Limits) -> Result<ScriptId, Halt>;

    /// Calls `process(data)` of a loaded script. Nothing that an earlier invocation did is visible to it.
    ///
    /// # Errors
    ///
    /// [`Halt::Threw`] for what the script threw or its promise rejected with; [`Halt::Stopped`] where a limit was reached.
    fn run(
        &mut self,
        script: ScriptId,
        invocation: &Invocation<'_>,
        door: &mut dyn Door,
    ) -> Result<(), Halt>;

    /// Bytes of memory that the machine holds at rest, its loaded scripts included.
    fn memory(&self) -> usize;
}

/// A script that a machine loaded; valid for that machine only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ScriptId(pub u32);

/// A script's text.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Source {
    /// What the language may show as the script's file name (traces are rewritten by the host).
    pub name: Arc<str>,
    /// The text, as it stands in the recipe after YAML has removed its indentation.
    pub text: Arc<str>,
}

/// One call of `process`.
#[derive(Debug, Clone, Copy)]
pub struct Invocation<'a> {
    /// The global `data` and the argument of `process`.
    pub data: &'a Packed,
    /// The global `kind`.
    pub kind: &'a str,
    /// The global `name`.
    pub name: &'a str,
    /// The global `uuid`.
    pub uuid: &'a str,
    /// Seeds the language's random numbers.
    pub seed: u64,
    /// The limits; the time counts from this call.
    pub limits: &'a Limits,
}

/// The host, as a running script reaches it.
pub trait Door {
    /// Calls a helper with the arguments as the script gave them. An explicit `null`, `undefined`, `nil` or `()` is [`Value::Null`]; objects,
    /// lists and functions are [`Value::Opaque`] unless the parameter is [`ParamKind::Any`](crate::helper::ParamKind::Any). Never runs script code.
    ///
    /// # Errors
    ///
    /// [`Stop`]: the script must end now, whatever it tries.
    fn call(&mut self, helper: HelperId, args: &[Value]) -> Result<Value, Stop>;

    /// The run's clock in milliseconds since 1970, for the language's own clock functions.
    fn now_millis(&mut self) -> i64;

    /// Whether the last call failed, for a language that tells it beside the value (an exit status).
    fn failed(&mut self) -> bool {
        false
    }

    /// Takes a line that the script wrote on a stream of its own, as a log message. It is no helper call: it is not counted, leaves `Errno()` as it is, and is
    /// dropped where the reaction may not log.
    ///
    /// # Errors
    ///
    /// [`Stop`], as for [`Door::call`].
    fn say(&mut self, _level: Level, _line: &str) -> Result<(), Stop> {
        Ok(())
    }

    /// Whether the script may go on, for an engine that waits for something else than a call.
    ///
    /// # Errors
    ///
    /// [`Stop`], as for [`Door::call`].
    fn ask(&mut self) -> Result<(), Stop> {
        Ok(())
    }

    /// Whether effects are simulated: a language that acts without helpers must then keep its script from acting.
    fn dry_run(&mut self) -> bool {
        true
    }
}

/// Why a script ended other than by returning.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub enum Halt {
    /// It threw, or could not be compiled.
    #[error(transparent)]
    Threw(ScriptError),
    /// The host or a limit ended it.
    #[error(transparent)]
    Stopped(Stop),
}

impl From<Stop> for Halt {
    fn from(stop: Stop) -> Self {
        Halt::Stopped(stop)
    }
}

/// An error of a script's own.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize, thiserror::Error)]
#[error("{message}")]
pub struct ScriptError {
    /// What was thrown, as the language words it (`TypeError: x is not a function`).
    pub message: String,
    /// Where, in the script's own text.
    pub at: Option<Position>,
    /// The calls that led there, innermost first.
    pub trace: Vec<Frame>,
}

/// A place in a script's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Position {
    /// From 1.
    pub line: u32,
    /// From 1, in characters; 0 where the language tells lines only.
    pub column: u32,
}

/// One call in a trace.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Frame {
    /// The function's name; `""` for the top level and for nameless functions.
    pub function: String,
    /// Where it stood; `None` inside the engine's own functions.
    pub at: Option<Position>,
}

/// A machine that could not be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{language}: {message}")]
pub struct EngineError {
    /// The format name.
    pub language: &'static str,
    /// What failed.
    pub message: String,
}
