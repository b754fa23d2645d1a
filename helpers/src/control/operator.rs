//! What an operator asks for is on record as a reaction's acts are: before it is done, and what came of it after.

use std::hash::{BuildHasher, RandomState};

use jiff::Timestamp;
use reactant_core::helper::Failure;
use serde_json::{Map, Value as Json, json};

use super::{Exchange, Refusal};
use crate::{
    effects::Outcome,
    journal::{By, Came, Ended, Entry, Journal},
    texts,
};

/// In whose name an act stands in the journal.
#[derive(Debug, Clone, Copy)]
pub(super) struct Name<'a> {
    /// The recipe; `""` for the operator's own acts.
    pub(super) recipe: &'a str,
    pub(super) reaction: usize,
    /// The event, or for the operator's own acts one of their own.
    pub(super) uuid: &'a str,
    /// The command.
    pub(super) helper: &'a str,
}

/// What came of an act.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Did {
    pub(super) came: Came,
    /// What was already so.
    pub(super) note: String,
    pub(super) ended: Vec<Ended>,
}

impl From<Outcome> for Did {
    fn from(outcome: Outcome) -> Did {
        let (came, note) = match outcome {
            Outcome::Done => (Came::Done, String::new()),
            Outcome::Already(note) => (Came::Already, note),
        };
        Did { came, note, ended: Vec::new() }
    }
}

/// Who asks.
pub(super) fn by(exchange: &Exchange<'_>) -> By {
    match exchange.peer() {
        Some(peer) => By { uid: peer.uid, pid: peer.pid },
        None => {
            By { uid: rustix::process::getuid().as_raw(), pid: std::process::id().cast_signed() }
        }
    }
}

/// Does what is announced first; where it cannot be announced it is not done.
pub(super) fn on_record(
    journal: &Journal,
    name: Name<'_>,
    by: By,
    args: Json,
    done: impl FnOnce() -> Result<Did, Failure>,
) -> Result<Did, Failure> {
    let mut args = match args {
        Json::Object(args) => args,
        _ => Map::new(),
    };
    args.insert("by".to_owned(), json!(by));
    let of = journal.write(Entry::Intent {
        recipe: name.recipe.to_owned(),
        reaction: name.reaction,
        uuid: name.uuid.to_owned(),
        helper: name.helper.to_owned(),
        kind: None,
        at: Timestamp::now(),
        args,
    })?;
    let answer = done();
    let (result, note, ended) = match &answer {
        Ok(Did { came, note, ended }) => (*came, note.as_str(), ended.clone()),
        Err(Failure(why)) => (Came::Failed, why.as_str(), Vec::new()),
    };
    let note = texts::shown(note);
    let written = journal.write(Entry::Outcome { of, result, note, replaced: None, ended });
    match (answer, written) {
        (Ok(_), Err(Failure(why))) => Err(Failure(format!("done, but {why}"))),
        (answer, _) => answer,
    }
}

/// An identifier for an act that answers no event, unlike any other.
pub(super) fn identifier() -> String {
    let half = || u128::from(RandomState::new().hash_one(Timestamp::now().as_nanosecond()));
    uuid::Builder::from_custom_bytes((half() << 64 | half()).to_be_bytes()).into_uuid().to_string()
}

impl From<Failure> for Refusal {
    fn from(Failure(why): Failure) -> Refusal {
        Refusal::problem(why)
    }
}
