//! Grants, protection and limits: the flags that beat the configuration file.

use std::path::PathBuf;

use clap::Args;
use reactant_core::capability::Request;

use super::values;

/// What reactions may do and use.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Policy")]
pub(crate) struct PolicyArgs {
    /// The configuration file; by default /etc/reactant/config.yaml where it exists
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Grant a capability, fs.read and fs.write also for paths only (fs.write:/var/log/**); repeatable
    #[arg(long, value_name = "CAP[:GLOB]")]
    pub(crate) grant: Vec<Request>,
    /// Take a capability away; repeatable
    #[arg(long, value_name = "CAP", value_parser = values::capability)]
    pub(crate) revoke: Vec<reactant_core::capability::Capability>,
    /// Never kill, block or write this path, pid, CIDR or domain; repeatable
    #[arg(long, value_name = "PATH|PID|CIDR|DOMAIN")]
    pub(crate) protect: Vec<reactant_helpers::protect::Protected>,
    /// The time limit of a reaction, such as 200ms or 5s
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub(crate) timeout: Option<std::time::Duration>,
    /// The memory limit of a reaction, such as 512KiB or 64MiB
    #[arg(long, value_name = "SIZE", value_parser = values::size)]
    pub(crate) memory: Option<usize>,
    /// The limit of what a reaction logs, such as 1MiB
    #[arg(long, value_name = "SIZE", value_parser = values::size)]
    pub(crate) max_output: Option<usize>,
    /// The limit of a reaction's helper calls
    #[arg(long, value_name = "N")]
    pub(crate) helper_calls: Option<u32>,
}
