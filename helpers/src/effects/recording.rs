//! Acts that are written down, for tests of what scripts do.

use std::{
    collections::VecDeque,
    sync::{Mutex, PoisonError},
};

use jiff::Timestamp;

use reactant_core::helper::Failure;

use super::{Act, Blockable, Effects, FileStat, Outcome, Power, Simulated, Target};
use crate::protect::Protect;

/// An act, as its helper asked for it.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(missing_docs, reason = "each is named as the method of `Effects` and its parameters are")]
pub enum Deed {
    Read { path: String },
    Stat { path: String },
    Write { path: String, data: Vec<u8> },
    Append { path: String, data: Vec<u8> },
    CreateTempDir { prefix: String },
    RemoveDir { path: String },
    Kill(Target),
    Block { what: Blockable, until: Option<Timestamp> },
    Unblock(Blockable),
    Power(Power),
    Deny { reason: String },
}

/// A [`Deed`], and who did it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Recorded {
    /// The helper.
    pub helper: String,
    /// The recipe.
    pub recipe: String,
    /// What was asked for.
    pub deed: Deed,
}

/// Writes acts down, and answers as the simulated world does, or fails where a test says so.
#[derive(Debug, Default)]
pub struct Recording {
    world: Simulated,
    recorded: Mutex<Vec<Recorded>>,
    failures: Mutex<VecDeque<Failure>>,
}

impl Recording {
    /// A new world with nothing written down.
    #[must_use]
    pub fn new(protect: Protect) -> Recording {
        Recording { world: Simulated::new(protect), ..Recording::default() }
    }

    /// Lets an act to come fail; several failures are served in turn.
    pub fn fail_next(&self, text: impl Into<String>) {
        let failure = Failure::new(text);
        self.failures.lock().unwrap_or_else(PoisonError::into_inner).push_back(failure);
    }

    /// What was asked for since the last time this was called.
    #[must_use]
    pub fn take(&self) -> Vec<Recorded> {
        std::mem::take(&mut *self.recorded.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn record(&self, act: &Act<'_>, deed: Deed) -> Result<(), Failure> {
        let recorded = Recorded { helper: act.helper.into(), recipe: act.recipe.into(), deed };
        self.recorded.lock().unwrap_or_else(PoisonError::into_inner).push(recorded);
        let failure = self.failures.lock().unwrap_or_else(PoisonError::into_inner).pop_front();
        failure.map_or(Ok(()), Err)
    }
}

impl Effects for Recording {
    fn read(&self, act: &Act<'_>, path: &str) -> Result<Vec<u8>, Failure> {
        self.record(act, Deed::Read { path: path.into() })?;
        self.world.read(act, path)
    }

    fn stat(&self, act: &Act<'_>, path: &str) -> Result<FileStat, Failure> {
        self.record(act, Deed::Stat { path: path.into() })?;
        self.world.stat(act, path)
    }

    fn write(&self, act: &Act<'_>, path: &str, data: &[u8]) -> Result<(), Failure> {
        self.record(act, Deed::Write { path: path.into(), data: data.into() })?;
        self.world.write(act, path, data)
    }

    fn append(&self, act: &Act<'_>, path: &str, data: &[u8]) -> Result<(), Failure> {
        self.record(act, Deed::Append { path: path.into(), data: data.into() })?;
        self.world.append(act, path, data)
    }

    fn create_temp_dir(&self, act: &Act<'_>, prefix: &str) -> Result<String, Failure> {
        self.record(act, Deed::CreateTempDir { prefix: prefix.into() })?;
        self.world.create_temp_dir(act, prefix)
    }

    fn remove_dir(&self, act: &Act<'_>, path: &str) -> Result<(), Failure> {
        self.record(act, Deed::RemoveDir { path: path.into() })?;
        self.world.remove_dir(act, path)
    }

    fn kill(&self, act: &Act<'_>, target: &Target) -> Result<Outcome, Failure> {
        self.record(act, Deed::Kill(target.clone()))?;
        self.world.kill(act, target)
    }

    fn block(
        &self,
        act: &Act<'_>,
        what: &Blockable,
        until: Option<Timestamp>,
    ) -> Result<Outcome, Failure> {
        self.record(act, Deed::Block { what: what.clone(), until })?;
        self.world.block(act, what, until)
    }

    fn unblock(&self, act: &Act<'_>, what: &Blockable) -> Result<Outcome, Failure> {
        self.record(act, Deed::Unblock(what.clone()))?;
        self.world.unblock(act, what)
    }

    fn power(&self, act: &Act<'_>, power: Power) -> Result<(), Failure> {
        self.record(act, Deed::Power(power))?;
        self.world.power(act, power)
    }

    fn deny(&self, act: &Act<'_>, reason: &str) -> Result<(), Failure> {
        self.record(act, Deed::Deny { reason: reason.into() })?;
        self.world.deny(act, reason)
    }
}
