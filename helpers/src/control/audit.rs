//! Requests about the journal: `audit.undo`.

mod acts;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use jiff::Timestamp;
use reactant_core::helper::Failure;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Exchange, Handler, Refusal, Request,
    operator::{Did, Name, by, on_record},
};
use crate::{
    block::parse,
    effects::{self, Blockable, Holder, Outcome, Whose, block::OnDemand},
    journal::{Came, Ended, Journal, Kept, Replaced, Selection},
    texts,
};
use acts::{Act, How, UNKNOWN, acts};

/// The name under which undoing is on record.
pub const UNDO: &str = "audit undo";

/// Undoes acts.
#[derive(Debug, Clone)]
pub struct Audit {
    journal: Arc<Journal>,
    blocks: Arc<OnDemand>,
    /// One undo after the other: what one undoes, the next finds undone.
    kept: Arc<Mutex<Kept>>,
}

/// What became of one act that was to be undone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Undone {
    /// The journal's line that announced it.
    pub line: u64,
    /// By which helper.
    pub helper: String,
    /// Of which recipe; `""` for an operator's.
    pub recipe: String,
    /// The path, address, network or name.
    pub what: Option<String>,
    /// Why it is not undone; `None` where it is.
    pub why: Option<String>,
}

impl Audit {
    /// Undoes what stands in this journal.
    #[must_use]
    pub fn new(journal: Arc<Journal>, blocks: Arc<OnDemand>, kept: Kept) -> Audit {
        Audit { journal, blocks, kept: Arc::new(Mutex::new(kept)) }
    }

    fn undo(&self, which: &Selection, exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
        if !which.narrows() && which.since.is_none() && which.until.is_none() {
            return Err(Refusal::usage(
                "say which acts: --event, --recipe, --helper, --since, --until",
            ));
        }
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let (by, mut undoing) =
            (by(exchange), Undoing { audit: self, kept: &kept, at: HashMap::new() });
        // The newest first: each finds what it left.
        for (line, act) in acts(self.journal.folder(), which)?.into_iter().rev() {
            let answer = undoing.one(line, &act, by);
            exchange.send(&Undone {
                line,
                what: act.what().map(str::to_owned),
                why: answer.err().map(|Failure(why)| why),
                helper: act.helper,
                recipe: act.recipe,
            })?;
        }
        self.journal.sync()?;
        Ok(())
    }
}

impl Handler for Audit {
    fn topic(&self) -> &'static str {
        "audit"
    }

    fn answer(&self, request: &Request<'_>, exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
        match request.verb {
            "undo" => self.undo(&request.with()?, exchange),
            _ => Err(request.unknown()),
        }
    }
}

struct Undoing<'a> {
    audit: &'a Audit,
    kept: &'a Kept,
    /// The leases that this ended, and with which act: those before it added to the same.
    at: HashMap<(Blockable, Holder), u64>,
}

impl Undoing<'_> {
    fn one(&mut self, line: u64, act: &Act, by: crate::journal::By) -> Result<(), Failure> {
        // What cannot be begun is not on record either.
        let way = self.way(act)?;
        let name =
            Name { recipe: &act.recipe, reaction: act.reaction, uuid: &act.uuid, helper: UNDO };
        let args = json!({"line": line, "what": act.what()});
        on_record(&self.audit.journal, name, by, args, || self.go(line, act, &way).map(Did::from))
            .map(drop)
    }

    fn way<'b>(&self, act: &'b Act) -> Result<Way<'b>, Failure> {
        if let Some(by) = act.undone {
            return Err(Failure(format!("it was undone already (line {by})")));
        }
        let what = |what: &str| parse(what).map_err(Failure);
        match &act.how {
            How::Nothing(why) => Err(Failure((*why).to_owned())),
            How::File(replaced) => Ok(Way::File(replaced)),
            How::Block(blocked) => Ok(Way::Unblock(what(blocked)?)),
            How::Unblock(_, ended) if ended.is_empty() => Err(Failure::new(UNKNOWN)),
            How::Unblock(blocked, ended) => Ok(Way::Block(what(blocked)?, ended)),
        }
    }

    fn go(&mut self, line: u64, act: &Act, way: &Way<'_>) -> Result<Outcome, Failure> {
        match way {
            Way::File(replaced) => effects::undo(replaced, self.kept).map(|()| Outcome::Done),
            Way::Unblock(what) => self.unblock(line, act, what),
            Way::Block(what, ended) => self.block(what, ended),
        }
    }

    /// Ends the lease that an act added, or added to.
    fn unblock(&mut self, line: u64, act: &Act, what: &Blockable) -> Result<Outcome, Failure> {
        let blocks = &self.audit.blocks;
        let is = |holder: &Holder| {
            texts::shown(&holder.recipe) == act.recipe && texts::shown(&holder.event) == act.uuid
        };
        let Some(holder) = blocks.holders(what)?.into_iter().find(is) else {
            let holder = Holder::new(&*act.recipe, &*act.uuid);
            return match self.at.get(&(what.clone(), holder)) {
                Some(line) => Ok(Outcome::Already(format!("its lease went with line {line}"))),
                None => Err(Failure(format!("{what}: its lease has ended"))),
            };
        };
        let (outcome, _) = blocks.end(what, Whose::Holder(&holder))?;
        self.at.insert((what.clone(), Holder::new(&*act.recipe, &*act.uuid)), line);
        // Its own lease has gone, whoever else keeps it blocked.
        Ok(outcome)
    }

    /// Gives back the leases that an act ended.
    fn block(&self, what: &Blockable, ended: &[Ended]) -> Result<Outcome, Failure> {
        let now = Timestamp::now();
        let left = |until: Timestamp| until.duration_since(now).as_millis();
        let held = ended.iter().filter(|lease| lease.until.is_none_or(|until| left(until) > 0));
        let held: Vec<&Ended> = held.collect();
        if held.is_empty() {
            return Err(Failure(format!("{what}: its time would be over by now")));
        }
        let blocks = &self.audit.blocks;
        let mut outcome = Outcome::Done;
        for lease in held {
            let span = lease.until.map(|until| {
                Duration::from_millis(u64::try_from(left(until)).unwrap_or_default().max(1))
            });
            let holder = Holder::new(&*lease.recipe, &*lease.event);
            outcome = blocks.add(what, &holder, span)?;
        }
        Ok(outcome)
    }
}

/// What undoes an act.
enum Way<'a> {
    File(&'a Replaced),
    Unblock(Blockable),
    Block(Blockable, &'a [Ended]),
}

/// Whether what ended so changed something.
fn changed(came: Came) -> bool {
    came != Came::Failed
}
