//! Acting for real.

use clap::Args;

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
