//! Requests about blocks: `blocks.list`, `add`, `remove`, `flush`.

use std::{sync::Arc, time::Duration};

use jiff::Timestamp;
use reactant_core::helper::Failure;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{
    Exchange, Handler, Refusal, Request,
    operator::{Did, Name, by, identifier, on_record},
};
use crate::{
    block::{Own, judge, parse},
    effects::{
        Blockable, Holder, Outcome, Whose,
        block::{Listed, OnDemand, OnFile},
    },
    journal::{Came, Journal},
    protect::Protect,
};

/// Under this an operator's block is on record.
pub(super) const ADD: &str = "blocks add";
/// And its end.
pub(super) const REMOVE: &str = "blocks remove";
/// And the end of all.
const FLUSH: &str = "blocks flush";

/// Seconds that a block may hold (`helpers.md`).
const LONGEST: u64 = 31_536_000;

/// Answers for the blocks of this machine.
#[derive(Debug, Clone)]
pub struct Blocks {
    blocks: Arc<OnDemand>,
    journal: Arc<Journal>,
    protect: Protect,
}

/// One lease on a block.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lease {
    /// An address, a network or a name.
    pub what: String,
    /// Whose lease it is; `""` for an operator's.
    pub recipe: String,
    /// Because of which event, or by which act of an operator's.
    pub event: String,
    /// Milliseconds that it still holds; `None` for good.
    pub left_ms: Option<u64>,
}

impl From<&Listed> for Lease {
    fn from(listed: &Listed) -> Lease {
        let Holder { recipe, event } = &listed.holder;
        Lease {
            what: listed.what.to_string(),
            recipe: recipe.clone(),
            event: event.clone(),
            left_ms: listed.left.map(|left| u64::try_from(left.as_millis()).unwrap_or(u64::MAX)),
        }
    }
}

/// What a change of the blocks came to.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Changed {
    /// What was asked for, as it was read.
    pub what: String,
    /// Under which identifier it is on record.
    pub event: String,
    /// Done, or already so.
    pub result: Came,
    /// What was already so.
    pub note: String,
    /// How many leases it ended.
    pub ended: usize,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Add {
    what: String,
    /// How long; without it for good.
    seconds: Option<u64>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Remove {
    what: String,
    /// Whose leases; without it all.
    recipe: Option<String>,
}

impl Blocks {
    /// Answers for these blocks; what is protected is not blocked for an operator either.
    #[must_use]
    pub fn new(blocks: Arc<OnDemand>, journal: Arc<Journal>, protect: Protect) -> Blocks {
        Blocks { blocks, journal, protect }
    }

    fn list(&self, exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
        let OnFile { leases, .. } = self.blocks.list().map_err(Refusal::problem)?;
        leases.iter().try_for_each(|listed| exchange.send(&Lease::from(listed)))
    }

    fn add(&self, asked: &Add, exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
        let what = parse(&asked.what).map_err(Refusal::usage)?;
        if asked.seconds.is_some_and(|seconds| !(1..=LONGEST).contains(&seconds)) {
            return Err(Refusal::usage(format!("a block holds 1 to {LONGEST} seconds")));
        }
        let span = asked.seconds.map(Duration::from_secs);
        let until = span.and_then(|span| Timestamp::now().checked_add(span).ok());
        let args = json!({"what": what.to_string(), "until": until});
        self.change(&what, ADD, args, exchange, |event| {
            judge(&what, &Own::default(), &self.protect)?;
            Ok(self.blocks.add(&what, &Holder::operator(event), span)?.into())
        })
    }

    fn remove(&self, asked: &Remove, exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
        let what = parse(&asked.what).map_err(Refusal::usage)?;
        let whose = asked.recipe.as_deref().map_or(Whose::Anybodys, Whose::Recipe);
        let args = json!({"what": what.to_string(), "of": asked.recipe});
        self.change(&what, REMOVE, args, exchange, |_| {
            let (outcome, ended) = self.blocks.end(&what, whose)?;
            Ok(Did { ended, ..Did::from(outcome) })
        })
    }

    fn change(
        &self,
        what: &Blockable,
        helper: &str,
        args: serde_json::Value,
        exchange: &mut Exchange<'_>,
        done: impl FnOnce(&str) -> Result<Did, Failure>,
    ) -> Result<(), Refusal> {
        let event = identifier();
        let name = Name { recipe: "", reaction: 0, uuid: &event, helper };
        let did = on_record(&self.journal, name, by(exchange), args, || done(&event))?;
        exchange.send(&Changed {
            what: what.to_string(),
            result: did.came,
            note: did.note,
            ended: did.ended.len(),
            event: event.clone(),
        })
    }

    fn flush(&self, exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
        let event = identifier();
        let name = Name { recipe: "", reaction: 0, uuid: &event, helper: FLUSH };
        let held = self.blocks.list().map_err(Refusal::problem)?.leases.len();
        let mut ended = 0;
        let args = json!({"leases": held});
        let did = on_record(&self.journal, name, by(exchange), args, || {
            ended = self.blocks.flush()?;
            Ok(match ended {
                0 => Outcome::Already("nothing was blocked".to_owned()).into(),
                _ => Outcome::Done.into(),
            })
        })?;
        exchange.send(&Changed {
            what: String::new(),
            result: did.came,
            note: did.note,
            ended,
            event: event.clone(),
        })
    }
}

impl Handler for Blocks {
    fn topic(&self) -> &'static str {
        "blocks"
    }

    fn answer(&self, request: &Request<'_>, exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
        match request.verb {
            "list" => self.list(exchange),
            "add" => self.add(&request.with()?, exchange),
            "remove" => self.remove(&request.with()?, exchange),
            "flush" => self.flush(exchange),
            _ => Err(request.unknown()),
        }
    }
}
