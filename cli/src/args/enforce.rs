//! Acting for real.

use clap::Args;

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
    /// Whether the run acts, and who was asked; `None` where it simulates.
    pub(crate) fn consent(self) -> Option<Consent> {
        self.enforce.then_some(if self.yes { Consent::Given } else { Consent::Ask })
    }
}
