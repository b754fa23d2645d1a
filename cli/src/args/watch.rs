//! `reactant watch`.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use clap::Args;

use super::{PolicyArgs, values};
use crate::enforcement::Consent;

/// Watches this machine and answers what happens, for real
///
/// Needs root. It sees executions, with their arguments, environment and ancestry, and what is done to files; recipes that wait for what nothing watches are
/// named at the start.
/// Reactions act: they kill, block and write, each act on record in the journal of the data folder before it is done. At a terminal that has to be confirmed
/// first, unless --yes is given; without one, as under a service manager, nobody is asked. With --dry-run every kill, block and power call is simulated, files
/// are written to an overlay in memory, and nothing is left behind but the data store where --data names a folder.
///
/// Recipes that change, and scripts in files of their own, are loaded again, as they are on SIGHUP: a set with a mistake in it is refused whole, its mistakes
/// are told, and the one before goes on. Noise limits and what files have seen survive for recipes that say the same as before.
///
/// Ends on SIGTERM and SIGINT, after --duration or after --count detections; what had happened by then is still answered. What it and its reactions do
/// themselves is never seen. Ends 0 whatever the reactions returned; 1 where a recipe was rejected (at the start, or in what was
/// loaded last), the recording broke off or this machine cannot be watched.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reactant watch -r recipes/
  reactant watch -r recipes/ --metrics 9469
  reactant watch --dry-run -r recipes/ --duration 1m --record seen.jsonl
  reactant watch --dry-run -r recipes/ --count 1 --output json --events-out")]
pub(crate) struct WatchArgs {
    /// A recipe file, or a folder that is searched for .yaml and .yml; repeatable. By default those of the configuration
    #[arg(short, long, value_name = "PATH")]
    pub(crate) recipes: Vec<PathBuf>,
    /// Simulate what reactions do
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// Do not ask before acting for real
    #[arg(long, conflicts_with = "dry_run")]
    pub(crate) yes: bool,
    /// End after this time, such as 30s or 5m
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub(crate) duration: Option<Duration>,
    /// End after the event with which there were so many detections
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
    /// Write what a recipe could match to this file, for `run`; only its owner may read it, and a symbolic link is not followed
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Record every act that is seen, and not only what a recipe could match
    #[arg(long, requires = "record")]
    pub(crate) record_all: bool,
    /// Serve metrics for Prometheus at this address, such as 127.0.0.1:9469; a port alone is one of the loopback address
    #[arg(long, value_name = "ADDR", value_parser = values::address)]
    pub(crate) metrics: Option<SocketAddr>,
    /// Let disabled recipes take part
    #[arg(long)]
    pub(crate) include_disabled: bool,
    /// Only the recipe of this name; repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Vec<String>,
    /// Keep the data store and the journal in this folder; by default in that of the configuration, else in /var/lib/reactant. A dry run has a fresh store in
    /// memory without it, and no journal
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Start shell reactions in a dry run too, confined: without a network, and nothing writable but their own folder; otherwise they are only recorded
    #[arg(long, requires = "dry_run")]
    pub(crate) run_shell: bool,
    /// Put the whole event into each detection of the JSON output
    #[arg(long)]
    pub(crate) events_out: bool,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
}

impl WatchArgs {
    /// Whether it acts, and who was asked; `None` where it simulates.
    pub(crate) fn consent(&self) -> Option<Consent> {
        let ask = if self.yes { Consent::Given } else { Consent::AskWhoIsThere };
        (!self.dry_run).then_some(ask)
    }
}
