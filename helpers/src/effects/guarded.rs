//! Acts that are accounted for: each stands in the journal before it is done, and what came of it after.
//!
//! This stands around the effects that act, so whoever acts through them is accounted for, whatever the engine and whoever wrote the recipe.

use std::{
    panic::{AssertUnwindSafe, catch_unwind, resume_unwind},
    sync::Arc,
    time::Instant,
};

use jiff::Timestamp;
use serde_json::{Map, Value as Json, json};

use reactant_core::{
    audit::Action,
    detection::Detection,
    helper::Failure,
    runtime::{Gate, START, Status},
};

mod refusals;

use super::{Act, Blockable, Effects, FileStat, Outcome, Power, Simulated, Target};
use crate::{
    budget::{Answer, Budget, Kind, Trip},
    journal::{Came, Entry, Journal, counts, text},
    protect::Protect,
    texts,
};
use refusals::Refusals;

/// Effects that act only once that is on record, and only within the recipes' budgets.
#[derive(Debug)]
pub struct Guarded {
    inner: Arc<dyn Effects>,
    journal: Arc<Journal>,
    budget: Option<Arc<Budget>>,
    /// Where recipes act whose budget is used up.
    simulated: Simulated,
    refusals: Refusals,
}

impl Guarded {
    /// Stands around effects that act, without budgets.
    #[must_use]
    pub fn new(inner: Arc<dyn Effects>, journal: Arc<Journal>) -> Guarded {
        let (simulated, refusals) = (Simulated::default(), Refusals::default());
        Guarded { inner, journal, budget: None, simulated, refusals }
    }

    /// Sets the budgets, and what is protected from recipes that only simulate, as it is from the others.
    #[must_use]
    pub fn within(mut self, budget: Arc<Budget>, protect: Protect) -> Guarded {
        self.budget = Some(budget);
        self.simulated = Simulated::new(protect);
        self
    }

    /// Where a recipe acts that asks for nothing which is counted.
    fn on(&self, act: &Act<'_>) -> &dyn Effects {
        let budget = self.budget.as_deref();
        if budget.is_some_and(|budget| budget.simulates(act.recipe)) {
            act.signals().simulated();
            &self.simulated
        } else {
            &*self.inner
        }
    }

    /// Does what was announced. Where it cannot be announced it is not done, and where the budget is used up it is simulated.
    fn act<T: Told>(
        &self,
        act: &Act<'_>,
        kind: Option<Kind>,
        args: Json,
        done: impl FnOnce(&dyn Effects) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let mut taken = None;
        if let Some(budget) = &self.budget {
            let answer = match kind {
                Some(kind) => budget.take(act.recipe, kind),
                None if budget.simulates(act.recipe) => Answer::Simulate,
                None => Answer::Free,
            };
            match answer {
                Answer::Go(one) => taken = Some((budget, one)),
                Answer::Free => {}
                Answer::Simulate => {
                    act.signals().simulated();
                    return done(&self.simulated);
                }
                Answer::Tripped(trip) => return Err(self.trip(act, budget, trip)),
            }
        }
        let answer = match self.journal.write(intent(act, kind, args)) {
            Ok(of) => self.announced(act, of, || done(&*self.inner)),
            Err(failure) => Err(failure),
        };
        let was_done = match &answer {
            Ok(outcome) => outcome.told().0 == Came::Done,
            Err(Failure(why)) => counts(Came::Failed, why) || why.starts_with(DONE_BUT),
        };
        if let Some((budget, one)) = taken.filter(|_| !was_done) {
            budget.give_back(act.recipe, one);
        }
        answer
    }

    /// Tells of it wherever somebody may look.
    fn trip(&self, act: &Act<'_>, budget: &Budget, trip: Trip) -> Failure {
        let name = texts::shown(act.recipe);
        let mut text =
            format!("{trip}: `{name}` only simulates until `reactant budget reset {name}`");
        if let Err(error) = budget.keep() {
            text.push_str(&format!(" (or until the runtime ends: it cannot be kept: {error})"));
        }
        let written = self.journal.write(Entry::Tripped { recipe: name, trip });
        if let Err(Failure(why)) = written.and_then(|_| self.journal.sync()) {
            text.push_str(&format!(" ({why})"));
        }
        act.signals().alarm(&text);
        act.signals().announced(&text);
        Failure(text)
    }

    fn announced<T: Told>(
        &self,
        act: &Act<'_>,
        of: u64,
        done: impl FnOnce() -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let answer = catch_unwind(AssertUnwindSafe(done));
        let (result, note) = match &answer {
            Ok(Ok(outcome)) => outcome.told(),
            Ok(Err(Failure(why))) => (Came::Failed, why.as_str()),
            Err(_) => (Came::Failed, texts::FAILED_INSIDE),
        };
        if let Ok(Err(Failure(why))) = &answer {
            act.signals().announced(why);
        }
        let replaced = act.take_replaced().filter(|_| result == Came::Done);
        let note = texts::shown(note);
        let ended = act.take_ended();
        let written = self.journal.write(Entry::Outcome { of, result, note, replaced, ended });
        match (answer, written) {
            (Err(panic), _) => resume_unwind(panic),
            // What was done is not undone by that, but nobody shall believe that all is well.
            (Ok(Ok(_)), Err(Failure(why))) => Err(Failure(format!("{DONE_BUT}{why}"))),
            (Ok(answer), _) => answer,
        }
    }
}

/// How a failure begins whose act was done.
const DONE_BUT: &str = "done, but ";

fn intent(act: &Act<'_>, kind: Option<Kind>, args: Json) -> Entry {
    let args = match args {
        Json::Object(args) => args,
        _ => Map::new(),
    };
    Entry::Intent {
        recipe: texts::shown(act.recipe),
        reaction: act.reaction,
        uuid: texts::shown(act.uuid),
        helper: act.helper.to_owned(),
        kind,
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
        self.on(act).read(act, path)
    }

    fn stat(&self, act: &Act<'_>, path: &str) -> Result<FileStat, Failure> {
        self.on(act).stat(act, path)
    }

    fn write(&self, act: &Act<'_>, path: &str, data: &[u8]) -> Result<(), Failure> {
        let args = json!({ "path": text(path.as_bytes()), "data": text(data) });
        self.act(act, Some(Kind::Writes), args, |on| on.write(act, path, data))
    }

    fn append(&self, act: &Act<'_>, path: &str, data: &[u8]) -> Result<(), Failure> {
        let args = json!({ "path": text(path.as_bytes()), "data": text(data) });
        self.act(act, Some(Kind::Writes), args, |on| on.append(act, path, data))
    }

    fn create_temp_dir(&self, act: &Act<'_>, prefix: &str) -> Result<String, Failure> {
        let args = json!({ "prefix": text(prefix.as_bytes()) });
        self.act(act, Some(Kind::Writes), args, |on| on.create_temp_dir(act, prefix))
    }

    fn remove_dir(&self, act: &Act<'_>, path: &str) -> Result<(), Failure> {
        let args = json!({ "path": text(path.as_bytes()) });
        self.act(act, Some(Kind::Writes), args, |on| on.remove_dir(act, path))
    }

    fn kill(&self, act: &Act<'_>, victim: &Target) -> Result<Outcome, Failure> {
        self.act(act, Some(Kind::Kills), target(victim), |on| on.kill(act, victim))
    }

    fn block(
        &self,
        act: &Act<'_>,
        what: &Blockable,
        until: Option<Timestamp>,
    ) -> Result<Outcome, Failure> {
        let args = json!({ "what": text(what.to_string().as_bytes()), "until": until });
        self.act(act, Some(Kind::Blocks), args, |on| on.block(act, what, until))
    }

    fn unblock(&self, act: &Act<'_>, what: &Blockable) -> Result<Outcome, Failure> {
        let args = json!({ "what": text(what.to_string().as_bytes()) });
        self.act(act, None, args, |on| on.unblock(act, what))
    }

    /// After this nobody forces anything to disk.
    fn power(&self, act: &Act<'_>, power: Power) -> Result<(), Failure> {
        self.act(act, None, json!({}), |on| {
            self.journal.sync()?;
            on.power(act, power)
        })
    }

    fn deny(&self, act: &Act<'_>, reason: &str) -> Result<(), Failure> {
        let args = json!({ "reason": text(reason.as_bytes()) });
        self.act(act, None, args, |on| on.deny(act, reason))
    }
}

impl Guarded {
    fn leave_out(&self, recipe: String, refusals: u64) {
        if refusals > 0 {
            let _ = self.journal.write(Entry::LeftOut { recipe, refusals });
        }
    }
}

impl Drop for Guarded {
    /// What was left out is told at the end at the latest.
    fn drop(&mut self) {
        for (recipe, refusals) in self.refusals.rest() {
            self.leave_out(recipe, refusals);
        }
    }
}

impl Gate for Guarded {
    fn simulates(&self, recipe: &str) -> bool {
        self.budget.as_deref().is_some_and(|budget| budget.simulates(recipe))
    }

    fn starting(
        &self,
        detection: &Detection,
        reaction: usize,
        now: Timestamp,
    ) -> Result<u64, String> {
        let intent = Entry::Intent {
            recipe: texts::shown(&detection.recipe.name),
            reaction,
            uuid: texts::shown(detection.event.uuid()),
            helper: START.to_owned(),
            kind: None,
            at: now,
            args: Map::new(),
        };
        self.journal.write(intent).map_err(|Failure(why)| why)
    }

    fn refused(&self, detection: &Detection, reaction: usize, act: &Action) {
        let recipe = texts::shown(&detection.recipe.name);
        let Some(left_out) = self.refusals.take(&recipe, Instant::now()) else { return };
        self.leave_out(recipe.clone(), left_out);
        let args = act.args.iter().map(|arg| match arg.as_text() {
            Some(arg) => text(arg.as_bytes()),
            None => text(arg.to_string().as_bytes()),
        });
        // Where it cannot be written, no act can be announced either.
        let _ = self.journal.write(Entry::Refused {
            recipe,
            reaction,
            uuid: texts::shown(detection.event.uuid()),
            helper: act.helper.clone(),
            at: act.time,
            args: args.collect(),
            why: texts::shown(&act.errno),
        });
    }

    fn ended(&self, of: u64, status: Status) {
        let result = if status == Status::Ok { Came::Done } else { Came::Failed };
        let note = if status == Status::Ok { "" } else { status.name() };
        // Where it cannot be written, no later act can be announced either.
        let _ = self.journal.write(Entry::outcome(of, result, note));
    }
}
