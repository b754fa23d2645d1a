//! Grants, protection and limits: the flags that beat the configuration file.

use std::path::PathBuf;

use clap::Args;
use reactant_core::{
    capability::{Capability, Request},
    config::{BlocksOnExit, Durability, Emergency},
    helper::Level,
};
use reactant_helpers::protect::Protected;

use super::values;

/// What reactions may do and use.
#[derive(Debug, Clone, Default, Args)]
#[command(next_help_heading = "Policy")]
pub(crate) struct PolicyArgs {
    /// The configuration file; by default /etc/reactant/config.yaml where it exists
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// The network policy: read and checked, and shown by `reactant policy show`; `watch` holds it up while it runs
    #[arg(long, value_name = "FILE")]
    pub(crate) network_policy: Option<PathBuf>,
    /// Grant a capability, fs.read and fs.write also for paths only (fs.write:/var/log/**); repeatable
    #[arg(long, value_name = "CAP[:GLOB]", value_parser = values::request)]
    pub(crate) grant: Vec<Request>,
    /// Take a capability away; repeatable
    #[arg(long, value_name = "CAP", value_parser = values::capability)]
    pub(crate) revoke: Vec<Capability>,
    /// Never kill, block or write this path, pid, CIDR or domain; repeatable
    #[arg(long, value_name = "PATH|PID|CIDR|DOMAIN")]
    pub(crate) protect: Vec<Protected>,
    /// Never kill a process with a smaller pid; 500 unless the configuration says otherwise
    #[arg(long, value_name = "PID", value_parser = clap::value_parser!(i64).range(0..))]
    pub(crate) protect_pids_below: Option<i64>,
    /// Whether PowerOff and Panic may act for those who hold system.power
    #[arg(long, value_name = "STATE", value_parser = values::emergency())]
    pub(crate) emergency: Option<Emergency>,
    /// What becomes of the blocks when the run ends: they stay, to their deadlines, or go; stay unless the configuration says otherwise
    #[arg(long, value_name = "WHAT", value_parser = values::blocks_on_exit())]
    pub(crate) blocks_on_exit: Option<BlocksOnExit>,
    /// When a write to a data store on disk counts: once it survives the process, or the disk has it
    #[arg(long, value_name = "WHEN", value_parser = values::durability())]
    pub(crate) durability: Option<Durability>,
    /// The least severe log messages that are shown to people; info unless the configuration says otherwise, debug with -v
    #[arg(long, value_name = "LEVEL", value_parser = values::level())]
    pub(crate) log_level: Option<Level>,
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
