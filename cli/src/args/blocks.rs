//! `reactant blocks`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Seconds;

/// Shows what is blocked, blocks more, and ends blocks
///
/// A process that acts and holds the data folder answers and does it; without one this command opens the folder itself, which needs the rights to block
/// (root). Every change stands in the journal first. `list` reads only: without such a process it shows what the data folder says, and looks at nothing
/// else.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reactant blocks list
  reactant blocks add 203.0.113.7 --for 10m
  reactant blocks remove 203.0.113.7")]
pub(crate) struct BlocksArgs {
    /// The folder that `run --enforce` used; by default the configuration's, else /var/lib/reactant
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The configuration file; by default /etc/reactant/config.yaml where it exists
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: BlocksCommand,
}

/// What is done about blocks.
#[derive(Debug, Subcommand)]
pub(crate) enum BlocksCommand {
    /// Lists each lease: what is blocked, by whom, because of which event, and how long still
    #[command(after_help = "\
Examples:
  reactant blocks list --data ./state
  reactant blocks list --output json")]
    List,
    /// Blocks an address, a network or a name, for good or for a time
    ///
    /// What this machine needs and what is protected is refused, as it is for reactions. Recipes do not end this block. Ends 0 also where it was blocked
    /// already.
    #[command(after_help = "\
Examples:
  reactant blocks add 203.0.113.7 --for 10m
  reactant blocks add 2001:db8::/32")]
    Add {
        /// An address, a CIDR or a domain name
        #[arg(value_name = "WHAT")]
        what: String,
        /// How long, in whole seconds, such as 30s or 1h; at most a year
        #[arg(long = "for", value_name = "TIME")]
        time: Option<Seconds>,
    },
    /// Ends all leases on an address, a network or a name; ends 1 where it is still blocked, or was not
    #[command(after_help = "\
Examples:
  reactant blocks remove 203.0.113.7
  reactant blocks remove 203.0.113.7 --recipe brute_force")]
    Remove {
        /// An address, a CIDR or a domain name, as `list` shows it
        #[arg(value_name = "WHAT")]
        what: String,
        /// Only the leases of this recipe
        #[arg(long, value_name = "NAME")]
        recipe: Option<String>,
    },
    /// Ends all blocks; they cannot be brought back
    #[command(after_help = "\
Examples:
  reactant blocks list --output json > blocks.jsonl
  reactant blocks flush")]
    Flush,
}
