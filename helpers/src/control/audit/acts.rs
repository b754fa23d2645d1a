//! The acts of a journal that are to be undone, and how each can be.

use std::{
    collections::{BTreeMap, HashMap},
    path::Path,
};

use serde_json::{Map, Value as Json};

use super::{
    super::{
        Refusal,
        blocks::{ADD, REMOVE},
    },
    UNDO, changed,
};
use crate::journal::{Ended, Entry, Record, Replaced, Selection, lines};

/// Acts that are undone at once at most: they lie in memory.
const LIMIT: usize = 10_000;

/// An act that was announced.
#[derive(Debug)]
pub(super) struct Act {
    pub(super) recipe: String,
    pub(super) reaction: usize,
    pub(super) uuid: String,
    pub(super) helper: String,
    pub(super) how: How,
    /// The line of the undo that undid it.
    pub(super) undone: Option<u64>,
}

/// What there is to undo.
#[derive(Debug)]
pub(super) enum How {
    /// Nothing can be, and why.
    Nothing(&'static str),
    /// A file was written.
    File(Replaced),
    /// A lease on this was added.
    Block(String),
    /// These leases on it were ended.
    Unblock(String, Vec<Ended>),
}

impl Act {
    pub(super) fn what(&self) -> Option<&str> {
        match &self.how {
            How::Nothing(_) => None,
            How::File(replaced) => Some(&replaced.path),
            How::Block(what) | How::Unblock(what, _) => Some(what),
        }
    }
}

/// What nobody knows is not undone, but for blocks, whose leases tell.
pub(super) const UNKNOWN: &str =
    "its outcome is not known: the runtime died in the middle of it, or is at it";

/// The acts that are meant, and were done or may have been, by their lines.
pub(super) fn acts(folder: &Path, which: &Selection) -> Result<BTreeMap<u64, Act>, Refusal> {
    let unreadable = |error: std::io::Error| Refusal::problem(format!("the journal: {error}"));
    let mut acts = BTreeMap::new();
    let mut undoing = HashMap::new();
    for read in lines(folder).map_err(unreadable)? {
        // `verify` tells of what is no record.
        let Some(Record { n, time, entry, .. }) = read.map_err(unreadable)?.record else {
            continue;
        };
        match entry {
            Entry::Intent { helper, args, .. } if helper == UNDO => {
                undoing.insert(n, args.get("line").and_then(Json::as_u64));
            }
            Entry::Intent { recipe, reaction, uuid, helper, args, .. }
                if which.takes(time, &uuid, &recipe, &helper) =>
            {
                let how = blocked(&helper, &args).unwrap_or(How::Nothing(UNKNOWN));
                acts.insert(n, Act { recipe, reaction, uuid, helper, how, undone: None });
                if acts.len() > LIMIT {
                    return Err(Refusal::problem(format!(
                        "these are more than {LIMIT} acts: narrow it, with --since or --until for instance; nothing was undone"
                    )));
                }
            }
            Entry::Outcome { of, result, replaced, ended, .. } => {
                if let Some(line) = undoing.remove(&of).flatten()
                    && changed(result)
                    && let Some(act) = acts.get_mut(&line)
                {
                    act.undone = Some(of);
                }
                if !changed(result) {
                    acts.remove(&of);
                } else if let Some(act) = acts.get_mut(&of) {
                    let before = std::mem::replace(&mut act.how, How::Nothing(UNKNOWN));
                    act.how = known(before, &act.helper, replaced, ended);
                }
            }
            _ => {}
        }
    }
    Ok(acts)
}

/// What there will be to undo of an act on a block, whatever came of it.
fn blocked(helper: &str, args: &Map<String, Json>) -> Option<How> {
    let what = || args.get("what")?.as_str().map(str::to_owned);
    match helper {
        "NetBlockIp" | "NetBlockIpTimer" | "NetBlockDomain" | ADD => what().map(How::Block),
        "NetUnblockIp" | "NetUnblockDomain" | REMOVE => {
            what().map(|what| How::Unblock(what, Vec::new()))
        }
        _ => None,
    }
}

/// What there is to undo, now that it is known what came of it.
fn known(before: How, helper: &str, replaced: Option<Replaced>, ended: Vec<Ended>) -> How {
    match (before, replaced) {
        (_, Some(replaced)) => How::File(replaced),
        (How::Unblock(..), None) if ended.is_empty() => How::Nothing("it ended no block"),
        (How::Unblock(what, _), None) => How::Unblock(what, ended),
        (How::Block(what), None) => How::Block(what),
        (_, None) if helper == "WriteFile" => {
            How::Nothing("what the file held was not kept: see `journal: {keep_replaced: SIZE}`")
        }
        (..) => How::Nothing("nothing undoes such an act"),
    }
}
