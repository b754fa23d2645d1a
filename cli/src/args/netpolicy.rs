//! `reactant policy`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Looks at the network policy
///
/// The policy says which addresses and names may be reached. `reactant watch` holds it up while it runs; every other command reads and checks it only.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reactant policy show
  reactant policy show --network-policy netpolicy.yaml --output json")]
pub(crate) struct NetpolicyArgs {
    /// The file of the network policy; by default that of the running process that holds the data folder, else the configuration's
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) network_policy: Option<PathBuf>,
    /// The data folder of that process; by default the configuration's, else /var/lib/reactant
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The configuration file; by default /etc/reactant/config.yaml where it exists
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: NetpolicyCommand,
}

/// What is asked of the network policy.
#[derive(Debug, Subcommand)]
pub(crate) enum NetpolicyCommand {
    /// Prints the policy in force, each default included; ends 2 where its file cannot be used
    #[command(after_help = "\
Examples:
  reactant policy show
  reactant policy show --data ./state")]
    Show,
}
