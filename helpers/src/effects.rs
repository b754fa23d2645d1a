//! The only place that acts on the system.
//!
//! A helper decides what is to be done and may refuse it; an implementation of [`Effects`] does it: [`Real`] on this machine,
//! [`Guarded`] around it, so that it is on record, [`Simulated`] in the world of the events, for every dry run, and [`Recording`] for tests. Each act shows the proof of
//! its capability, and an act on a path also that the grant covers the path as it was resolved.

mod attributes;
pub mod block;
mod files;
mod guarded;
mod kill;
mod leases;
mod mounts;
mod power;
mod real;
mod recording;
mod remove;
mod simulated;
mod temp;
mod undo;
mod walk;
mod world;

use std::{
    cell::{Cell, RefCell},
    fmt,
    time::Instant,
};

use ipnet::IpNet;
use jiff::Timestamp;

use reactant_core::{
    capability::{Capability, Granted},
    event::Identity,
    helper::{Call, Failure, Reply, Signals},
    verdict::Question,
};

pub use guarded::Guarded;
pub use leases::{Holder, Holders, Leases, Whose};
pub use real::Real;
pub use recording::{Deed, Recorded, Recording};
pub use simulated::Simulated;
pub use undo::undo;

use crate::{
    journal::{Ended, Replaced},
    texts,
};

/// Who acts, when, and by what right.
pub struct Act<'a> {
    proof: Granted<'a>,
    denied: Cell<bool>,
    signals: &'a Signals,
    question: Option<&'a dyn Question>,
    replaced: RefCell<Option<Replaced>>,
    ended: RefCell<Vec<Ended>>,
    /// The helper.
    pub helper: &'a str,
    /// The recipe: leases are its own.
    pub recipe: &'a str,
    /// The reaction's index in its recipe, from 0.
    pub reaction: usize,
    /// The event's identifier.
    pub uuid: &'a str,
    /// The run's clock.
    pub now: Timestamp,
    /// When the reaction's time is over.
    pub deadline: Instant,
    /// For names that must differ.
    pub seed: u64,
}

impl<'a> Act<'a> {
    /// The act of a call.
    ///
    /// # Errors
    ///
    /// [`Failure`] where the call brings no proof: its helper was declared without a capability.
    pub fn of(call: &Call<'a>) -> Result<Act<'a>, Failure> {
        let missing = || Failure(format!("permission denied: {} shows no capability", call.helper));
        Ok(Act {
            proof: call.granted.ok_or_else(missing)?,
            denied: Cell::new(false),
            signals: call.signals,
            question: call.question,
            replaced: RefCell::default(),
            ended: RefCell::default(),
            helper: call.helper,
            recipe: &call.detection.recipe.name,
            reaction: call.reaction,
            uuid: call.detection.event.uuid(),
            now: call.now,
            deadline: call.deadline,
            seed: call.seed,
        })
    }

    /// Fails unless the proof is of this capability.
    ///
    /// # Errors
    ///
    /// [`Failure`] that names helper and capability.
    pub fn demand(&self, capability: &Capability) -> Result<(), Failure> {
        if self.proof.capability() == capability { Ok(()) } else { Err(self.denied(capability)) }
    }

    /// Fails unless the proof reaches this path, which has to be resolved.
    ///
    /// # Errors
    ///
    /// [`Failure`] that names helper, capability and path.
    pub fn demand_path(&self, path: &[u8]) -> Result<(), Failure> {
        if self.proof.scope().covers(path) {
            return Ok(());
        }
        let path = String::from_utf8_lossy(path);
        let denied = self.denied(self.proof.capability()).0;
        Err(Failure(format!("{denied} for {}", texts::shown(&path))))
    }

    /// Whether a demand has failed.
    #[must_use]
    pub fn was_denied(&self) -> bool {
        self.denied.get()
    }

    fn denied(&self, capability: &Capability) -> Failure {
        self.denied.set(true);
        Failure(format!("permission denied: {} needs capability {capability}", self.helper))
    }

    /// What is told of it beside its result.
    #[must_use]
    pub fn signals(&self) -> &'a Signals {
        self.signals
    }

    /// The act of somebody else that waits for an answer.
    #[must_use]
    pub fn question(&self) -> Option<&'a dyn Question> {
        self.question
    }

    /// What is about to be replaced, for the record of the act.
    pub(crate) fn note_replaced(&self, replaced: Replaced) {
        self.replaced.replace(Some(replaced));
    }

    pub(crate) fn take_replaced(&self) -> Option<Replaced> {
        self.replaced.take()
    }

    /// Which leases were ended, for the record of the act.
    pub(crate) fn note_ended(&self, ended: Vec<Ended>) {
        self.ended.replace(ended);
    }

    pub(crate) fn take_ended(&self) -> Vec<Ended> {
        self.ended.take()
    }

    pub(crate) fn in_time(&self) -> Result<(), Failure> {
        if Instant::now() < self.deadline { Ok(()) } else { Err(Failure::new(texts::OUT_OF_TIME)) }
    }
}

impl fmt::Debug for Act<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Act")
            .field("helper", &self.helper)
            .field("recipe", &self.recipe)
            .finish_non_exhaustive()
    }
}

/// What an act came to, where it did not fail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// It was done.
    Done,
    /// It was so already, and how.
    Already(String),
}

impl From<Outcome> for Reply {
    fn from(outcome: Outcome) -> Self {
        match outcome {
            Outcome::Done => Reply::from(0),
            Outcome::Already(note) => Reply::already(note),
        }
    }
}

/// What `Stat` tells.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FileStat {
    /// Bytes.
    pub size: u64,
    /// Type and permissions (inode(7)).
    pub mode: u32,
    /// When the content changed last.
    pub modified: Timestamp,
}

/// A process to be killed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// Its number.
    pub pid: i64,
    /// Who it is, where the event says.
    pub identity: Option<ProcessIdentity>,
    /// What it executes, where the event says.
    pub exe: String,
    /// The event says that it has exited.
    pub exited: bool,
    /// The event's time: a process without an identity must have started before.
    pub seen: Timestamp,
}

/// Who a process is beside its pid.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct ProcessIdentity {
    /// When it started; the fields that the event gives, at least one of them.
    pub started: Identity,
    /// The boot that its ticks count from; `""` where the event does not say.
    pub boot_id: String,
}

/// What can be blocked.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Blockable {
    /// An address or a network, without host bits.
    Net(IpNet),
    /// A name and all names below it; lower case, without a dot at the end.
    Domain(String),
}

impl Blockable {
    /// What a block of would block this as well: this itself first, then what is wider.
    pub fn covering(&self) -> impl Iterator<Item = Blockable> + use<> {
        std::iter::successors(Some(self.clone()), |narrow| match narrow {
            Blockable::Net(net) => net.supernet().map(Blockable::Net),
            Blockable::Domain(name) => {
                name.split_once('.').map(|(_, above)| Blockable::Domain(above.to_owned()))
            }
        })
    }
}

/// Whether a domain is another, or lies below it.
pub(crate) fn within(domain: &str, above: &str) -> bool {
    let rest = domain.strip_suffix(above);
    rest.is_some_and(|rest| rest.is_empty() || rest.ends_with('.'))
}

impl fmt::Display for Blockable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Blockable::Net(net) if net.prefix_len() == net.max_prefix_len() => net.addr().fmt(f),
            Blockable::Net(net) => net.fmt(f),
            Blockable::Domain(name) => f.write_str(name),
        }
    }
}

/// How the machine is stopped.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Power {
    /// Switched off, without asking anybody.
    Off,
    /// A kernel panic: memory stays for whoever examines it.
    Panic,
}

/// What helpers do to the system.
///
/// Every method demands the act's proof first, and fails with a [`Failure`] whose text becomes `Errno()`.
#[allow(clippy::missing_errors_doc, reason = "said once, above")]
pub trait Effects: Send + Sync + fmt::Debug {
    /// The content of a regular file.
    fn read(&self, act: &Act<'_>, path: &str) -> Result<Vec<u8>, Failure>;

    /// What stands at a path.
    fn stat(&self, act: &Act<'_>, path: &str) -> Result<FileStat, Failure>;

    /// Creates or replaces a file, atomically.
    fn write(&self, act: &Act<'_>, path: &str, data: &[u8]) -> Result<(), Failure>;

    /// Appends to a file, or creates it.
    fn append(&self, act: &Act<'_>, path: &str, data: &[u8]) -> Result<(), Failure>;

    /// Makes an empty directory below `/tmp` whose name begins so, and gives its path.
    fn create_temp_dir(&self, act: &Act<'_>, prefix: &str) -> Result<String, Failure>;

    /// Removes a directory below `/tmp` with all that is in it.
    fn remove_dir(&self, act: &Act<'_>, path: &str) -> Result<(), Failure>;

    /// Kills a process, and sees that it is gone.
    fn kill(&self, act: &Act<'_>, target: &Target) -> Result<Outcome, Failure>;

    /// Adds a lease of the recipe on a block, until a time or for good.
    fn block(
        &self,
        act: &Act<'_>,
        what: &Blockable,
        until: Option<Timestamp>,
    ) -> Result<Outcome, Failure>;

    /// Ends the recipe's leases on a block.
    fn unblock(&self, act: &Act<'_>, what: &Blockable) -> Result<Outcome, Failure>;

    /// Stops the machine.
    fn power(&self, act: &Act<'_>, power: Power) -> Result<(), Failure>;

    /// Refuses what the event is about to do.
    fn deny(&self, act: &Act<'_>, reason: &str) -> Result<(), Failure>;
}

#[cfg(test)]
mod tests;
