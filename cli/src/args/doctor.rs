//! `reactant doctor`.

use std::path::PathBuf;

use clap::Args;

use super::PolicyArgs;

/// Says what this machine and this user allow, what of the configuration will not work, and why
///
/// What is found out is found out by trying: sources and blocks are set up as `watch` would, with nothing blocked, and taken away at once. Nothing is
/// left behind. Ends 1 where something that the configuration or a flag asks for will not work.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reactant doctor
  sudo reactant doctor --config /etc/reactant/config.yaml
  reactant doctor --output json")]
pub(crate) struct DoctorArgs {
    /// The data folder; by default the configuration's, else /var/lib/reactant
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
}
