//! `reactant exec`.

use std::path::PathBuf;

use clap::Args;

use super::{ClockChoice, EnforceArgs, KeyValue, PolicyArgs};

/// Runs one script on one event, as a dry run
///
/// Without --enforce every kill, block and power call is simulated, and files are written to an overlay in memory. Two runs give the same bytes but for
/// durations and for what ReadFile and Stat read on this machine.
///
/// The script's globals `name` and `kind` are the file's name without its extension. Ends 0 where the reaction's status is ok, else 1.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reactant exec block.js --event flow.json
  reactant exec respond.js --metadata importance=critical --output json
  reactant exec respond.js --event e.json --enforce --data ./state
  reactant exec respond.sh --run-shell --grant exec.shell
  head -1 events.jsonl | reactant exec respond.js --event - --timeout 200ms")]
pub(crate) struct ExecArgs {
    /// The script; its extension names the language
    #[arg(value_name = "SCRIPT")]
    pub(crate) script: PathBuf,
    /// The event, JSON in any layout; `-` is standard input; without it, an empty `execution` event
    #[arg(long, value_name = "FILE")]
    pub(crate) event: Option<PathBuf>,
    /// Set a field of `data.metadata`; repeatable
    #[arg(long, value_name = "KEY=VALUE")]
    pub(crate) metadata: Vec<KeyValue>,
    /// Keep the data store in this folder; without it, a fresh one in memory. With --enforce the journal too, by default in that of the
    /// configuration, else in /var/lib/reactant
    #[arg(long, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// What Now, Date, timers and log rates go by; event in a dry run, wall with --enforce
    #[arg(long, value_name = "CLOCK")]
    pub(crate) clock: Option<ClockChoice>,
    /// What a missing uuid, temporary names and random numbers derive from
    #[arg(long, value_name = "N", default_value_t = 0)]
    pub(crate) seed: u64,
    /// Start a shell script, confined: without a network, and nothing writable but its own folder; otherwise that is only recorded
    #[arg(long)]
    pub(crate) run_shell: bool,
    /// Leave durations out, so that two runs give the same bytes
    #[arg(long)]
    pub(crate) no_timings: bool,
    #[command(flatten)]
    pub(crate) enforce: EnforceArgs,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
}
