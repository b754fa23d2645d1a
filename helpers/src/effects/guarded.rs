//! Acts that are accounted for: each stands in the journal before it is done, and what came of it after.
//!
//! This stands around the effects that act, so whoever acts through them is accounted for, whatever the engine and whoever wrote the recipe.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Arc,
};

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use reactant_core::helper::Failure;

use super::{Act, Blockable, Effects, FileStat, Outcome, Power, Target};
use crate::{
    journal::{Came, Entry, Journal, text},
    texts,
};

/// Effects that act only once that is on record.
#[derive(Debug)]
pub struct Guarded {
    inner: Arc<dyn Effects>,
    journal: Arc<Journal>,
}

impl Guarded {
    /// Stands around effects that act.
    #[must_use]
    pub fn new(inner: Arc<dyn Effects>, journal: Arc<Journal>) -> Guarded {
        Guarded { inner, journal }
    }

    /// Does what was announced. Where it cannot be announced it is not done.
    fn act<T: Told>(
        &self,
        act: &Act<'_>,
        args: Json,
        done: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let of = self.journal.write(intent(act, args))?;
        self.announced(of, done)
    }

    fn announced<T: Told>(
        &self,
        of: u64,
        done: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let answer = catch_unwind(AssertUnwindSafe(done));
        let (result, note) = match &answer {
            Ok(Ok(outcome)) => outcome.told(),
            Ok(Err(Failure(why))) => (Came::Failed, why.as_str()),
            Err(_) => (Came::Failed, "it failed inside, maybe after it was done"),
        };
        let written = self.journal.write(Entry::Outcome { of, result, note: texts::shown(note) });
        match (answer, written) {
            (Err(panic), _) => resume_unwind(panic),
            // What was done is not undone by that, but nobody shall believe that all is well.
            (Ok(Ok(_)), Err(Failure(why))) => Err(Failure(format!("done, but {why}"))),
            (Ok(answer), _) => answer,
        }
    }
}

fn intent(act: &Act<'_>, args: Json) -> Entry {
    let args = match args {
        Json::Object(args) => args,
        _ => Map::new(),
    };
    Entry::Intent {
        recipe: texts::shown(act.recipe),
        reaction: act.reaction,
        uuid: texts::shown(act.uuid),
        helper: act.helper.to_owned(),
        at: act.now,
        args,
    }
}

/// What an outcome says of what was given.
trait Told {
    fn told(&self) -> (Came, &str);
}

impl Told for () {
    fn told(&self) -> (Came, &str) {
        (Came::Done, "")
    }
}

impl Told for String {
    fn told(&self) -> (Came, &str) {
        (Came::Done, self)
    }
}

impl Told for Outcome {
    fn told(&self) -> (Came, &str) {
        match self {
            Outcome::Done => (Came::Done, ""),
            Outcome::Already(note) => (Came::Already, note),
        }
    }
}

/// Who is to be killed, as exactly as is known.
fn target(target: &Target) -> Json {
    let mut args = Map::from_iter([("pid".to_owned(), json!(target.pid))]);
    if !target.exe.is_empty() {
        args.insert("exe".to_owned(), text(target.exe.as_bytes()));
    }
    if let Some(identity) = &target.identity {
        let start = identity.started.start.and_then(|start| Timestamp::from_nanosecond(start).ok());
        let known = [
            ("start", start.map(|start| json!(start))),
            ("start_ticks", identity.started.start_ticks.map(Json::from)),
            ("boot_id", Some(text(identity.boot_id.as_bytes()))),
        ];
        let known = known.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?)));
        args.extend(known.filter(|(_, value)| *value != ""));
    }
    Json::Object(args)
}

impl Effects for Guarded {
    fn read(&self, act: &Act<'_>, path: &str) -> Result<Vec<u8>, Failure> {
        self.inner.read(act, path)
    }

    fn stat(&self, act: &Act<'_>, path: &str) -> Result<FileStat, Failure> {
        self.inner.stat(act, path)
    }

    fn write(&self, act: &Act<'_>, path: &str, data: &[u8]) -> Result<(), Failure> {
        let args = json!({ "path": text(path.as_bytes()), "data": text(data) });
        self.act(act, args, || self.inner.write(act, path, data))
    }

    fn append(&self, act: &Act<'_>, path: &str, data: &[u8]) -> Result<(), Failure> {
        let args = json!({ "path": text(path.as_bytes()), "data": text(data) });
        self.act(act, args, || self.inner.append(act, path, data))
    }

    fn create_temp_dir(&self, act: &Act<'_>, prefix: &str) -> Result<String, Failure> {
        let args = json!({ "prefix": text(prefix.as_bytes()) });
        self.act(act, args, || self.inner.create_temp_dir(act, prefix))
    }

    fn remove_dir(&self, act: &Act<'_>, path: &str) -> Result<(), Failure> {
        let args = json!({ "path": text(path.as_bytes()) });
        self.act(act, args, || self.inner.remove_dir(act, path))
    }

    fn kill(&self, act: &Act<'_>, victim: &Target) -> Result<Outcome, Failure> {
        self.act(act, target(victim), || self.inner.kill(act, victim))
    }

    fn block(
        &self,
        act: &Act<'_>,
        what: &Blockable,
        until: Option<Timestamp>,
    ) -> Result<Outcome, Failure> {
        let args = json!({ "what": text(what.to_string().as_bytes()), "until": until });
        self.act(act, args, || self.inner.block(act, what, until))
    }

    fn unblock(&self, act: &Act<'_>, what: &Blockable) -> Result<Outcome, Failure> {
        let args = json!({ "what": text(what.to_string().as_bytes()) });
        self.act(act, args, || self.inner.unblock(act, what))
    }

    /// After this nobody forces anything to disk.
    fn power(&self, act: &Act<'_>, power: Power) -> Result<(), Failure> {
        let of = self.journal.write(intent(act, json!({})))?;
        self.announced(of, || {
            self.journal.sync()?;
            self.inner.power(act, power)
        })
    }

    fn deny(&self, act: &Act<'_>, reason: &str) -> Result<(), Failure> {
        let args = json!({ "reason": text(reason.as_bytes()) });
        self.act(act, args, || self.inner.deny(act, reason))
    }
}
