//! What `run` and `exec` tell: detections, log messages, acts, outcomes, and a summary.

mod human;
mod json;

use std::{
    io::{self, Write},
    time::Duration,
};

use reactant_core::{
    detection::Detection,
    runtime::{Figures, Outcome},
};

pub(crate) use human::Human;
pub(crate) use json::Json;

/// Writes what happens, one after the other.
pub(crate) trait Format: Send {
    /// A recipe fired.
    /// What it was about may have been refused, where that was to be decided.
    fn detection(
        &mut self,
        out: &mut dyn Write,
        detection: &Detection,
        dropped: Option<bool>,
    ) -> io::Result<()>;

    /// A reaction ended: its log messages and acts in order, then how.
    fn outcome(&mut self, out: &mut dyn Write, outcome: &Outcome) -> io::Result<()>;

    /// The run is over.
    fn summary(&mut self, out: &mut dyn Write, summary: &Summary) -> io::Result<()>;
}

/// The counts of a run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Summary {
    pub(crate) figures: Figures,
    /// What the matcher's tables had to forget.
    pub(crate) evicted: u64,
    pub(crate) invalid_events: u64,
    pub(crate) elapsed: Option<Duration>,
}
