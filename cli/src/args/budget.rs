//! `reactant budget`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// Shows the recipes whose budget was used up, and lets them act again
///
/// A recipe that asks for more kills, blocks or writes in a minute than the configuration's `budgets` allow only simulates from then on, until it is
/// reset here.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reactant budget list
  reactant budget reset brute_force --data ./state
  reactant budget reset --all")]
pub(crate) struct BudgetArgs {
    /// The folder that `run --enforce` used; by default the configuration's, else /var/lib/reactant
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The configuration file; by default /etc/reactant/config.yaml where it exists
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: BudgetCommand,
}

/// What is done about budgets.
#[derive(Debug, Subcommand)]
pub(crate) enum BudgetCommand {
    /// Lists the recipes that only simulate, and why
    #[command(after_help = "\
Examples:
  reactant budget list --data ./state")]
    List,
    /// Lets recipes act again; ends 1 where one of them was not held back
    #[command(after_help = "\
Examples:
  reactant budget reset brute_force
  reactant budget reset --all")]
    Reset {
        /// The recipes
        #[arg(value_name = "RECIPE", required_unless_present = "all")]
        recipes: Vec<String>,
        /// All of them
        #[arg(long, conflicts_with = "recipes")]
        all: bool,
    },
}
