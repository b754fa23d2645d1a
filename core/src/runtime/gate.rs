//! What stands before a program that a reaction is: what such a program does passes no helper.

use std::fmt;

use jiff::Timestamp;

use super::Status;
use crate::{audit::Action, detection::Detection};

/// Stands before the programs that reactions start for real: on record before they run, and not started where their recipe only simulates.
pub trait Gate: Send + Sync + fmt::Debug {
    /// Whether the programs of a recipe are not started, though the run acts.
    fn simulates(&self, recipe: &str) -> bool;

    /// A program is about to be started, at a time of the run's clock. Gives a number that [`Gate::ended`] is told.
    ///
    /// # Errors
    ///
    /// Why it is not started.
    fn starting(
        &self,
        detection: &Detection,
        reaction: usize,
        now: Timestamp,
    ) -> Result<u64, String>;

    /// An act that was refused before it was announced; by default nobody writes that down.
    fn refused(&self, detection: &Detection, reaction: usize, act: &Action) {
        let _ = (detection, reaction, act);
    }

    /// The program of that number has ended.
    fn ended(&self, number: u64, status: Status);
}

/// A program that was announced; tells how it ended, also where the engine fails inside.
pub(super) struct Started<'a> {
    gate: &'a dyn Gate,
    number: u64,
    status: Status,
}

impl<'a> Started<'a> {
    pub(super) fn announce(
        gate: &'a dyn Gate,
        detection: &Detection,
        reaction: usize,
        now: Timestamp,
    ) -> Result<Started<'a>, String> {
        let number = gate.starting(detection, reaction, now)?;
        Ok(Started { gate, number, status: Status::Error })
    }

    pub(super) fn ended(mut self, status: Status) {
        self.status = status;
    }
}

impl Drop for Started<'_> {
    fn drop(&mut self) {
        self.gate.ended(self.number, self.status);
    }
}
