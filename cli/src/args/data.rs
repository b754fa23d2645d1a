//! `reactant data`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Seconds;

/// Looks into a data store and changes it
///
/// A store has one namespace for each recipe, named as the recipe is.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reactant data list --data ./state
  reactant data get --data ./state brute_force attempts
  reactant data export --data ./state > backup.jsonl")]
pub(crate) struct DataArgs {
    /// The folder that `run --data` was given; by default the configuration's, else /var/lib/reactant
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The configuration file; by default /etc/reactant/config.yaml where it exists
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: DataCommand,
}

/// What is done to a data store.
#[derive(Debug, Subcommand)]
pub(crate) enum DataCommand {
    /// Lists the recipes that store something, or the keys of one
    #[command(after_help = "\
Examples:
  reactant data list --data ./state
  reactant data list --data ./state brute_force")]
    List {
        /// The recipe whose keys are listed
        recipe: Option<String>,
    },
    /// Prints the value of a key; ends 1 where there is none
    #[command(after_help = "\
Examples:
  reactant data get --data ./state brute_force attempts")]
    Get {
        /// The recipe
        recipe: String,
        /// The key
        key: String,
    },
    /// Sets the value of a key
    #[command(after_help = "\
Examples:
  reactant data set --data ./state brute_force attempts 0
  reactant data set --data ./state brute_force muted yes --ttl 1h")]
    Set {
        /// The recipe
        recipe: String,
        /// The key
        key: String,
        /// The value
        value: String,
        /// How long it is kept, in whole seconds, such as 30s or 1h
        #[arg(long, value_name = "TIME")]
        ttl: Option<Seconds>,
    },
    /// Deletes a key, or all that a recipe stored; ends 1 where there was none
    #[command(after_help = "\
Examples:
  reactant data delete --data ./state brute_force attempts
  reactant data delete --data ./state brute_force")]
    Delete {
        /// The recipe
        recipe: String,
        /// The key; without it, everything of the recipe
        key: Option<String>,
    },
    /// Writes everything, or what one recipe stored, as JSON Lines
    #[command(after_help = "\
Examples:
  reactant data export --data ./state > backup.jsonl")]
    Export {
        /// The recipe
        recipe: Option<String>,
    },
    /// Reads what `export` wrote; present keys are replaced, others stay
    #[command(after_help = "\
Examples:
  reactant data import --data ./state backup.jsonl")]
    Import {
        /// The file; `-` or none is standard input
        file: Option<PathBuf>,
    },
}
