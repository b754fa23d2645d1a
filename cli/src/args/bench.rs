//! `reactant bench`.

use std::{num::NonZeroU32, path::PathBuf};

use clap::Args;

use super::PolicyArgs;

/// Compares reactions, and the engines that run them, on this machine
///
/// Every reaction of the recipes runs on the recorded events that make its recipe fire, one after another in turn, as a dry run with isolation
/// and limits on. A recipe that holds the same reaction in several languages compares these: each row ends with its ratio to the fastest reaction of
/// its recipe. Without recipes, three built-in reactions run in every language of this build: one that looks at one field and leaves, one of typical
/// size, and one that writes the whole event as JSON. Without events, a built-in one is used.
///
/// Times are of the invocation alone, from the call to its end, helpers included. Memory is what a machine holds at rest with that reaction alone.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reactant bench
  reactant bench -r recipes/ events.jsonl
  reactant bench -r recipes/ --runs 10000 --output json events.jsonl")]
pub(crate) struct BenchArgs {
    /// A recipe file, or a folder that is searched for .yaml and .yml; repeatable
    #[arg(short, long, value_name = "PATH")]
    pub(crate) recipes: Vec<PathBuf>,
    /// Recordings, one event a line; `-` is standard input
    #[arg(value_name = "EVENTS")]
    pub(crate) events: Vec<PathBuf>,
    /// Invocations of each reaction that are timed; fewer where they take more than two seconds
    #[arg(long, value_name = "N", default_value = "1000")]
    pub(crate) runs: NonZeroU32,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
}
