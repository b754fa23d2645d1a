//! Helpers: one typed declaration each, from which engines, validation, documents and editor definitions derive.

use std::{
    borrow::Cow,
    cell::{Cell, RefCell},
    fmt,
    sync::Arc,
    time::Instant,
};

use indexmap::IndexMap;
use jiff::Timestamp;

use crate::{
    capability::{Capability, Granted},
    detection::Detection,
    value::Value,
    verdict::Question,
};

/// The declaration of a helper.
#[derive(Debug, Clone, PartialEq)]
pub struct HelperSpec {
    /// The name in every language.
    pub name: Cow<'static, str>,
    /// The parameters in order.
    pub params: Vec<Param>,
    /// What it gives.
    pub returns: Returns,
    /// What it gives instead after a failure.
    pub failure: Value,
    /// What the caller must hold.
    pub capability: Option<Capability>,
    /// One line for reference and editors.
    pub summary: Cow<'static, str>,
    /// Whether it acts on the world: each call then leaves an audit record.
    pub act: bool,
    /// Whether it takes an act back, and so is not refused on incomplete evidence.
    pub undoes: bool,
    /// Whether calls count against [`Limits::helper_calls`](crate::limits::Limits::helper_calls).
    pub counted: bool,
}

impl HelperSpec {
    /// A helper without parameters that gives nothing; the methods below say more.
    #[must_use]
    pub fn new(name: impl Into<Cow<'static, str>>, summary: impl Into<Cow<'static, str>>) -> Self {
        HelperSpec {
            name: name.into(),
            params: Vec::new(),
            returns: Returns::Nothing,
            failure: Value::Null,
            capability: None,
            summary: summary.into(),
            act: false,
            undoes: false,
            counted: true,
        }
    }

    /// Adds a required parameter.
    #[must_use]
    pub fn param(mut self, name: &'static str, kind: ParamKind) -> Self {
        self.params.push(Param { name, kind, required: true, strict: true });
        self
    }

    /// Adds a parameter that may be left out. Where fewer arguments are given than there are parameters, the required ones are served first
    /// (`DataPush([key,] value)`).
    #[must_use]
    pub fn optional(mut self, name: &'static str, kind: ParamKind) -> Self {
        self.params.push(Param { name, kind, required: false, strict: false });
        self
    }

    /// Lets nothing that a script gives for the last parameter count as left out: for a parameter without which the helper does more or something else,
    /// so that a misspelt field of the event (`NetBlockIp(data.flow.remte)`) is no order to do it.
    #[must_use]
    pub fn strict(mut self) -> Self {
        if let Some(param) = self.params.last_mut() {
            param.strict = true;
        }
        self
    }

    /// How many of a call's arguments are given, where an engine has arguments at the end that are null or that its language calls absent (`null` and `undefined` in
    /// JavaScript, `nil` in Lua, `()` in Rhai): for an optional parameter that is not strict such a one counts as left out.
    #[must_use]
    pub fn given(&self, mut count: usize, is_absent: impl Fn(usize) -> bool) -> usize {
        let required = self.params.iter().filter(|param| param.required).count();
        while count > required && is_absent(count - 1) {
            if self.params.get(count - 1).is_some_and(|param| param.strict) {
                break;
            }
            count -= 1;
        }
        count
    }

    /// Sets what it gives, and with it the usual failure value: text `""`, bool false, numbers -1, records null.
    #[must_use]
    pub fn returns(mut self, returns: Returns) -> Self {
        self.failure = match returns {
            Returns::Nothing | Returns::Record(_) => Value::Null,
            Returns::Done | Returns::Status | Returns::Number => Value::Int(-1),
            Returns::Text => Value::from(""),
            Returns::Bool => Value::Bool(false),
        };
        self.returns = returns;
        self
    }

    /// Sets another failure value than the usual one.
    #[must_use]
    pub fn fails_with(mut self, failure: impl Into<Value>) -> Self {
        self.failure = failure.into();
        self
    }

    /// Sets the capability that the caller must hold.
    #[must_use]
    pub fn needs(mut self, capability: Capability) -> Self {
        self.capability = Some(capability);
        self
    }

    /// Marks it as acting on the world.
    #[must_use]
    pub fn acts(mut self) -> Self {
        self.act = true;
        self
    }

    /// Marks it as taking an act back.
    #[must_use]
    pub fn undoes(mut self) -> Self {
        self.undoes = true;
        self
    }

    /// Leaves its calls uncounted.
    #[must_use]
    pub fn uncounted(mut self) -> Self {
        self.counted = false;
        self
    }

    /// The ways to call it, from the fewest arguments to the most: the parameters that are given each time, in order.
    #[must_use]
    pub fn calls(&self) -> Vec<Vec<&Param>> {
        let optional = self.params.iter().filter(|param| !param.required).count();
        let call = |given: usize| {
            let mut left = given;
            let mut takes = |param: &&Param| {
                param.required || {
                    let takes = left > 0;
                    left = left.saturating_sub(1);
                    takes
                }
            };
            self.params.iter().filter(|param| takes(param)).collect()
        };
        (0..=optional).map(call).collect()
    }
}

/// A parameter of a helper.
#[derive(Debug, Clone, PartialEq)]
pub struct Param {
    /// The name, for messages and documents.
    pub name: &'static str,
    /// What it takes.
    pub kind: ParamKind,
    /// Whether it must be given.
    pub required: bool,
    /// Whether an argument that the language calls absent fails, rather than count as left out; true where the parameter is required.
    pub strict: bool,
}

/// What a parameter takes, after conversion.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[non_exhaustive]
pub enum ParamKind {
    /// [`Value::Text`]; numbers and booleans are written as ECMAScript's `String(value)` does.
    Text,
    /// [`Value::Int`] or [`Value::Float`]; a decimal string counts.
    Number,
    /// [`Value::Int`]; a decimal string counts, a fraction is refused.
    Integer,
    /// [`Value::Bool`].
    Bool,
    /// Any value, converted whole.
    Any,
}

/// What a helper gives.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Returns {
    /// Nothing.
    Nothing,
    /// 0 done, -1 failed.
    Done,
    /// 0 done, 1 already so, -1 failed.
    Status,
    /// Another number.
    Number,
    /// Text.
    Text,
    /// A truth value.
    Bool,
    /// A map or null; its fields by name and type, for documents.
    Record(&'static [(&'static str, Returns)]),
}

/// What a helper gave: a value, and what was already so.
#[derive(Debug, Clone, PartialEq)]
pub struct Reply {
    /// The result.
    pub value: Value,
    /// Sets `Errno()` though the call succeeded (a status of 1: `already blocked`).
    pub note: Option<String>,
}

impl Reply {
    /// Status 1, and what was already so.
    #[must_use]
    pub fn already(note: impl Into<String>) -> Reply {
        Reply { value: Value::Int(1), note: Some(note.into()) }
    }
}

impl<T: Into<Value>> From<T> for Reply {
    fn from(value: T) -> Self {
        Reply { value: value.into(), note: None }
    }
}

/// An operational failure: the helper's failure value is given and the text becomes `Errno()`.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Failure(pub String);

impl Failure {
    /// A failure with this text.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Failure {
        Failure(text.into())
    }
}

/// What a helper knows of its caller.
///
/// It is made anew for each call by the host, after the capability check.
pub struct Call<'a> {
    /// The name it was called by.
    pub helper: &'a str,
    /// The converted arguments, one for each parameter; `None` where an optional one was left out.
    pub args: &'a [Option<Value>],
    /// The recipe, the event as received, and where the reaction stands in the recipe.
    pub detection: &'a Detection,
    /// The reaction's index in its recipe, from 0.
    pub reaction: usize,
    /// Proof of the capability; `None` for a helper that needs none.
    pub granted: Option<Granted<'a>>,
    /// The run's clock, as it stood when the call was made.
    pub now: Timestamp,
    /// When the invocation's time is over: a helper returns before.
    pub deadline: Instant,
    /// Whether effects are to be simulated.
    pub dry_run: bool,
    /// Derives from the run's seed, the event's number, the reaction and the call: for names that must differ.
    pub seed: u64,
    /// The text of the last failure of this invocation.
    pub errno: &'a str,
    /// Where log messages go.
    pub log: &'a mut dyn FnMut(Level, String),
    /// What effects tell of the call beside its result.
    pub signals: &'a Signals,
    /// The act that waits for what the reaction decides.
    pub question: Option<&'a dyn Question>,
    /// What was refused within the call, and why: each leaves an audit record of its own, before that of the call.
    pub refused: Vec<(Value, String)>,
}

impl Call<'_> {
    /// A text argument; `""` where it was left out.
    #[must_use]
    pub fn text(&self, index: usize) -> &str {
        self.args.get(index).and_then(|arg| arg.as_ref()?.as_text()).unwrap_or_default()
    }

    /// A text argument that may be left out.
    #[must_use]
    pub fn optional_text(&self, index: usize) -> Option<&str> {
        self.args.get(index)?.as_ref()?.as_text()
    }

    /// A whole number that may be left out.
    #[must_use]
    pub fn integer(&self, index: usize) -> Option<i64> {
        self.args.get(index)?.as_ref()?.as_int()
    }

    /// Writes a log message.
    pub fn log(&mut self, level: Level, message: impl Into<String>) {
        (self.log)(level, message.into());
    }
}

impl fmt::Debug for Call<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Call")
            .field("helper", &self.helper)
            .field("args", &self.args)
            .finish_non_exhaustive()
    }
}

/// What effects tell the host of a call beside its result.
#[derive(Debug, Default)]
pub struct Signals {
    simulated: Cell<bool>,
    alarms: RefCell<Vec<String>>,
    announced: RefCell<Vec<String>>,
}

impl Signals {
    /// The call was only simulated, though the run acts: its record says so.
    pub fn simulated(&self) {
        self.simulated.set(true);
    }

    /// An operator must know this: it becomes an error message of the reaction's log, whatever the reaction may log itself.
    pub fn alarm(&self, text: impl Into<String>) {
        self.alarms.borrow_mut().push(text.into());
    }

    /// What was announced in a record of its own failed so: that says it already.
    pub fn announced(&self, why: impl Into<String>) {
        self.announced.borrow_mut().push(why.into());
    }

    pub(crate) fn was_announced(&self, why: &str) -> bool {
        self.announced.borrow().iter().any(|announced| announced == why)
    }

    pub(crate) fn was_simulated(&self) -> bool {
        self.simulated.get()
    }

    pub(crate) fn take_alarms(&self) -> Vec<String> {
        self.alarms.take()
    }
}

/// The severity of a log message.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, serde::Serialize, serde::Deserialize,
)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// Detail for the author.
    Debug,
    /// What happened.
    Info,
    /// What may need attention.
    Warn,
    /// What went wrong.
    Error,
}

impl Level {
    /// Every level, the least severe first.
    pub const ALL: [Level; 4] = [Level::Debug, Level::Info, Level::Warn, Level::Error];

    /// The name, as the configuration writes it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Level::Debug => "debug",
            Level::Info => "info",
            Level::Warn => "warn",
            Level::Error => "error",
        }
    }

    /// The level of a name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Level> {
        Level::ALL.into_iter().find(|level| level.name() == name)
    }

    /// The name of the helper that logs at this level (`helpers.md`).
    #[must_use]
    pub const fn helper(self) -> &'static str {
        match self {
            Level::Debug => "Debug",
            Level::Info => "Info",
            Level::Warn => "Warn",
            Level::Error => "Error",
        }
    }
}

/// What a helper does.
pub trait Helper: Send + Sync {
    /// Answers a call. It must return before [`Call::deadline`].
    ///
    /// # Errors
    ///
    /// [`Failure`] is an operational failure; the script gets the declaration's failure value.
    fn call(&self, call: &mut Call<'_>) -> Result<Reply, Failure>;
}

impl<F> Helper for F
where
    F: Fn(&mut Call<'_>) -> Result<Reply, Failure> + Send + Sync,
{
    fn call(&self, call: &mut Call<'_>) -> Result<Reply, Failure> {
        self(call)
    }
}

/// A helper's place in a registry; what engines hold instead of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub struct HelperId(pub u32);

/// The helpers that scripts can call, by name, in the order of registration.
#[derive(Clone, Default)]
pub struct Registry {
    helpers: IndexMap<Cow<'static, str>, Registered>,
}

type Registered = (Arc<HelperSpec>, Arc<dyn Helper>);

/// A name that is taken, or that no language could call.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum RegistryError {
    /// The name is registered already.
    #[error("a helper named `{0}` is registered already")]
    Taken(String),
    /// The name is not an identifier of ASCII letters, digits and `_`, or one of the globals `kind`, `name`, `uuid`, `data`, `process`.
    #[error("`{0}` cannot be a helper's name")]
    Name(String),
}

impl Registry {
    /// An empty registry.
    #[must_use]
    pub fn new() -> Registry {
        Registry::default()
    }

    /// Adds a helper.
    ///
    /// # Errors
    ///
    /// [`RegistryError`] where the name is taken or cannot be one.
    pub fn register(
        &mut self,
        spec: HelperSpec,
        helper: impl Helper + 'static,
    ) -> Result<HelperId, RegistryError> {
        let name = spec.name.clone();
        let identifier = name.starts_with(|c: char| c.is_ascii_alphabetic())
            && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
        if !identifier || ["kind", "name", "uuid", "data", "process"].contains(&name.as_ref()) {
            return Err(RegistryError::Name(name.into_owned()));
        }
        if self.helpers.contains_key(&name) {
            return Err(RegistryError::Taken(name.into_owned()));
        }
        let (index, _) = self.helpers.insert_full(name, (Arc::new(spec), Arc::new(helper)));
        Ok(HelperId(index as u32))
    }

    /// The declarations in order; an engine installs each under its name and calls it by its id.
    pub fn specs(&self) -> impl ExactSizeIterator<Item = (HelperId, &HelperSpec)> {
        self.helpers
            .values()
            .enumerate()
            .map(|(index, (spec, _))| (HelperId(index as u32), &**spec))
    }

    /// A helper by its id.
    pub(crate) fn get(&self, id: HelperId) -> Option<(&HelperSpec, &dyn Helper)> {
        let (_, (spec, helper)) = self.helpers.get_index(id.0 as usize)?;
        Some((spec, &**helper))
    }

    /// A declaration by its name.
    #[must_use]
    pub fn spec(&self, name: &str) -> Option<&HelperSpec> {
        self.helpers.get(name).map(|(spec, _)| &**spec)
    }

    /// An id by the helper's name.
    #[must_use]
    pub fn id(&self, name: &str) -> Option<HelperId> {
        self.helpers.get_index_of(name).map(|index| HelperId(index as u32))
    }
}

impl fmt::Debug for Registry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.helpers.keys()).finish()
    }
}
