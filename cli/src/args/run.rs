//! `reactant run`.

use std::path::PathBuf;

use clap::{Args, ValueEnum};

use super::{EnforceArgs, PolicyArgs};

/// Replays recorded events through recipes, as a dry run
///
/// Without --enforce every kill, block and power call is simulated, files are written to an overlay in memory, and nothing is left behind but the data
/// store where --data names a folder. Two runs give the same bytes but for durations (--no-timings leaves them out) and for what ReadFile and Stat read
/// on this machine.
///
/// Ends 0 whatever the reactions returned; 1 where a recipe was rejected, an event was invalid or an input unreadable, after doing the rest.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reactant run -r recipes/ events.jsonl
  zcat day.jsonl.gz | reactant run -r recipes/ --only passwd_read --output json -
  reactant run -r recipes/ --revoke process.kill --timeout 200ms --data ./state events.jsonl
  reactant run -r recipes/ --enforce --data ./state events.jsonl
  reactant run -r recipes/ --run-shell --grant exec.shell -v events.jsonl")]
pub(crate) struct RunArgs {
    /// A recipe file, or a folder that is searched for .yaml and .yml; repeatable. By default those of the configuration
    #[arg(short, long, value_name = "PATH")]
    pub(crate) recipes: Vec<PathBuf>,
    /// Recordings, one event a line, read in this order; `-` or none is standard input
    #[arg(value_name = "EVENTS")]
    pub(crate) events: Vec<PathBuf>,
    /// Let disabled recipes take part
    #[arg(long)]
    pub(crate) include_disabled: bool,
    /// Only the recipe of this name; repeatable
    #[arg(long, value_name = "NAME")]
    pub(crate) only: Vec<String>,
    /// Keep the data store in this folder; without it, a fresh one in memory. With --enforce the journal too, by default in that of the
    /// configuration, else in /var/lib/reactant
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// What Now, Date, timers and log rates go by; event in a dry run, wall with --enforce
    #[arg(long, value_name = "CLOCK")]
    pub(crate) clock: Option<ClockChoice>,
    /// What missing uuids, temporary names and random numbers derive from
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Threads that parse events; by default one for each processor
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u16).range(1..=512))]
    pub(crate) jobs: Option<u16>,
    /// Run reactions on several threads; what they write keeps its order, what they store may not
    #[arg(long)]
    pub(crate) parallel: bool,
    /// Start shell reactions too, confined: without a network, and nothing writable but their own folder; otherwise they are only recorded
    #[arg(long)]
    pub(crate) run_shell: bool,
    /// Put the whole event into each detection of the JSON output
    #[arg(long)]
    pub(crate) events_out: bool,
    /// Leave durations out, so that two runs give the same bytes
    #[arg(long)]
    pub(crate) no_timings: bool,
    #[command(flatten)]
    pub(crate) enforce: EnforceArgs,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
}

/// What tells the time of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ClockChoice {
    /// The timestamp of the event that is being answered
    Event,
    /// This machine's clock
    Wall,
}
