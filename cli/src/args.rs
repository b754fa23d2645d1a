//! What can be said on the command line; help, completions and man pages derive from it.

mod audit;
mod bench;
mod blocks;
mod budget;
mod data;
mod doctor;
mod enforce;
mod exec;
mod netpolicy;
mod policy;
mod run;
mod values;
mod watch;

use std::path::PathBuf;

use clap::{ArgAction, Args, ColorChoice, Parser, Subcommand, ValueEnum};

pub(crate) use audit::{AuditArgs, AuditCommand, ShowArgs};
pub(crate) use bench::BenchArgs;
pub(crate) use blocks::{BlocksArgs, BlocksCommand};
pub(crate) use budget::{BudgetArgs, BudgetCommand};
pub(crate) use data::{DataArgs, DataCommand};
pub(crate) use doctor::DoctorArgs;
pub(crate) use enforce::EnforceArgs;
pub(crate) use exec::ExecArgs;
pub(crate) use netpolicy::{NetpolicyArgs, NetpolicyCommand};
pub(crate) use policy::PolicyArgs;
pub(crate) use run::{ClockChoice, RunArgs};
pub(crate) use values::{KeyValue, Seconds};
pub(crate) use watch::WatchArgs;

/// Turns security events into reactions: recipes choose the events, sandboxed scripts answer them.
#[derive(Debug, Parser)]
#[command(
    name = "reactant",
    version,
    max_term_width = 100,
    arg_required_else_help = true,
    after_help = "\
Examples:
  reactant run -r recipes/ events.jsonl     replay a recording, as a dry run
  reactant exec reaction.js --event e.json  try one script on one event
  reactant check recipes/                   find mistakes in recipes

Exit codes: 0 fine, 1 a problem was found, 2 wrong usage."
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub(crate) global: Global,
    #[command(subcommand)]
    pub(crate) command: Command,
}

/// Taken by every command.
#[derive(Debug, Clone, Args)]
pub(crate) struct Global {
    /// Say more: debug messages, traces, what was skipped
    #[arg(short, long, global = true, action = ArgAction::Count, conflicts_with = "quiet", help_heading = "Everywhere")]
    pub(crate) verbose: u8,
    /// Say less: no warnings, no progress, no summary for people
    #[arg(short, long, global = true, help_heading = "Everywhere")]
    pub(crate) quiet: bool,
    /// When to use colours; `auto` heeds NO_COLOR
    #[arg(
        long,
        global = true,
        value_name = "WHEN",
        default_value = "auto",
        help_heading = "Everywhere"
    )]
    pub(crate) color: ColorChoice,
    /// How results are written; human unless the configuration's `log` says otherwise
    #[arg(long, global = true, value_name = "FORMAT", help_heading = "Everywhere")]
    pub(crate) output: Option<OutputFormat>,
}

/// How results are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum OutputFormat {
    /// For people
    Human,
    /// One compact object a line
    Json,
}

/// The commands.
#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    Run(Box<RunArgs>),
    Watch(Box<WatchArgs>),
    Exec(Box<ExecArgs>),
    Check(CheckArgs),
    Bench(Box<BenchArgs>),
    Helpers(HelpersArgs),
    Schema(SchemaArgs),
    Data(DataArgs),
    Audit(AuditArgs),
    Budget(BudgetArgs),
    Blocks(BlocksArgs),
    Doctor(Box<DoctorArgs>),
    #[command(name = "policy")]
    Netpolicy(NetpolicyArgs),
    Completions(CompletionsArgs),
    Man(ManArgs),
}

/// Validates recipes and shows every problem
///
/// Every problem of every file is shown with its place, the line and a suggestion. Ends 1 where there is an error or no recipe, 0 where there are
/// warnings only.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reactant check recipes/
  reactant check --network-policy netpolicy.yaml recipes/
  reactant check --output json recipes/ssh.yaml extra.yaml")]
pub(crate) struct CheckArgs {
    /// Recipe files, or folders that are searched for .yaml and .yml
    #[arg(required = true, value_name = "PATH")]
    pub(crate) paths: Vec<PathBuf>,
    #[command(flatten)]
    pub(crate) policy: PolicyArgs,
}

/// Prints the helpers that scripts can call
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reactant helpers
  reactant helpers --format md > helpers.md
  reactant helpers --format d.ts > reactant.d.ts")]
pub(crate) struct HelpersArgs {
    /// How the reference is written
    #[arg(long, value_name = "FORMAT", default_value = "table")]
    pub(crate) format: HelpersFormat,
}

/// How the reference of helpers is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum HelpersFormat {
    /// Columns for a terminal
    Table,
    /// Markdown
    Md,
    /// TypeScript declarations, for JavaScript
    #[value(name = "d.ts")]
    DTs,
    /// Annotations of the Lua language server
    Luals,
    /// Rhai's definitions
    Rhai,
}

/// Prints the JSON Schema of a format
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reactant schema recipe > recipe.schema.json
  reactant schema config")]
pub(crate) struct SchemaArgs {
    /// Which format
    #[arg(value_name = "FORMAT")]
    pub(crate) format: SchemaFormat,
}

/// A format that has a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemaFormat {
    /// A recipe file
    Recipe,
    /// One event of a recording
    Event,
    /// The configuration file
    Config,
}

/// Prints the completions for a shell
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reactant completions bash > ~/.local/share/bash-completion/completions/reactant
  reactant completions zsh > ~/.zfunc/_reactant")]
pub(crate) struct CompletionsArgs {
    /// Which shell
    #[arg(value_name = "SHELL")]
    pub(crate) shell: clap_complete::Shell,
}

/// Prints the manual page
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reactant man | man -l -
  reactant man run > reactant-run.1")]
pub(crate) struct ManArgs {
    /// The page of one command; without it, one page with all of them
    #[arg(value_name = "COMMAND")]
    pub(crate) command: Option<String>,
}
