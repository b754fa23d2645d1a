//! `reactant watch`.

use std::{path::PathBuf, time::Duration};

use clap::Args;

use super::{PolicyArgs, values};

/// Watches this machine and answers what happens, so far as a dry run
///
/// Needs root. So far it sees executions, with their arguments, environment and ancestry; recipes that wait for anything else are named at the start.
/// --dry-run must be given: every kill, block and power call is simulated, files are written to an overlay in memory, and nothing is left behind
/// but the data store where --data names a folder.
///
/// Ends on SIGTERM and SIGINT, after --duration or after --count detections; what had happened by then is still answered. What it and its reactions do
/// themselves is never seen. Ends 0 whatever the reactions returned; 1 where a recipe was rejected or this machine cannot be watched.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reactant watch --dry-run -r recipes/
  reactant watch --dry-run -r recipes/ --duration 1m --record seen.jsonl
  reactant watch --dry-run -r recipes/ --count 1 --output json --events-out")]
pub(crate) struct WatchArgs {
    /// A recipe file, or a folder that is searched for .yaml and .yml; repeatable. By default those of the configuration
    #[arg(short, long, value_name = "PATH")]
    pub(crate) recipes: Vec<PathBuf>,
    /// Simulate what reactions do; must be given as long as acting for real is not part of `watch`
    #[arg(long)]
    pub(crate) dry_run: bool,
    /// End after this time, such as 30s or 5m
    #[arg(long, value_name = "TIME", value_parser = values::duration)]
    pub(crate) duration: Option<Duration>,
    /// End after the event with which there were so many detections
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u64).range(1..))]
    pub(crate) count: Option<u64>,
    /// Write every event to this file, for `run`; only its owner may read it
    #[arg(long, value_name = "FILE")]
    pub(crate) record: Option<PathBuf>,
    /// Let disabled recipes take part
    #[arg(long)]
    pub(crate) include_disabled: bool,
    /// Only the recipe of this name; repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Vec<String>,
    /// Keep the data store in this folder; without it, a fresh one in memory
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// Start shell reactions too, confined: without a network, and nothing writable but their own folder; otherwise they are only recorded
    #[arg(long)]
    pub(crate) run_shell: bool,
    /// Put the whole event into each detection of the JSON output
    #[arg(long)]
    pub(crate) events_out: bool,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
}
