//! Acting for real.

use clap::Args;

use super::ClockChoice;
use crate::enforcement::Consent;

/// Whether a run acts, or only simulates.
#[derive(Debug, Clone, Copy, Default, Args)]
#[command(next_help_heading = "Acting")]
pub(crate) struct EnforceArgs {
    /// Act for real on this machine: kill, write and do whatever the reactions ask for, each act on record in the journal of the data folder
    #[arg(long)]
    pub(crate) enforce: bool,
    /// Do not ask before acting for real
    #[arg(long, requires = "enforce")]
    pub(crate) yes: bool,
}

impl EnforceArgs {
    /// What tells the time where nothing is `wanted`: what is done for real is done now, and a timer begins then, however old the recording is.
    pub(crate) fn clock(self, wanted: Option<ClockChoice>) -> ClockChoice {
        wanted.unwrap_or(if self.enforce { ClockChoice::Wall } else { ClockChoice::Event })
    }

    /// Whether the run acts, and who was asked; `None` where it simulates.
    pub(crate) fn consent(self) -> Option<Consent> {
        self.enforce.then_some(if self.yes { Consent::Given } else { Consent::Ask })
    }
}
