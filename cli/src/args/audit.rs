//! `reactant audit`.

use std::path::PathBuf;

use clap::{Args, Subcommand};
use jiff::Timestamp;
use reactant_helpers::journal::{Hash, Selection};

/// Looks into the journal of acts
///
/// Every act stands in it before it is done, and what came of it after; each line carries the hash of the one before. A journal whose end was cut, or
/// that was written anew, still looks whole: only a head that was kept tells. One is kept beside the journal; whoever can write there can replace both, so
/// keep one elsewhere too (`reactant audit head`) and give it to `verify --head`.
#[derive(Debug, Args)]
#[command(after_help = "\
Examples:
  reactant audit show --recipe brute_force
  reactant audit verify
  reactant audit head --data ./state > head-of-today")]
pub(crate) struct AuditArgs {
    /// The folder that `run --enforce` used; by default the configuration's, else /var/lib/reactant
    #[arg(long, global = true, value_name = "DIR")]
    pub(crate) data: Option<PathBuf>,
    /// The configuration file; by default /etc/reactant/config.yaml where it exists
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    #[command(subcommand)]
    pub(crate) command: AuditCommand,
}

/// What is asked of a journal.
#[derive(Debug, Subcommand)]
pub(crate) enum AuditCommand {
    /// Prints the hash of the last line, to be kept elsewhere
    #[command(after_help = "\
Examples:
  reactant audit head --data ./state")]
    Head,
    /// Looks for lines that were changed, removed or moved; ends 1 where there are any
    #[command(after_help = "\
Examples:
  reactant audit verify
  reactant audit verify --head $(cat head-of-today)")]
    Verify {
        /// A head that was kept elsewhere, which some line must be; repeatable
        #[arg(long, value_name = "HASH")]
        head: Vec<Hash>,
    },
    /// Prints what was done, and what came of it
    #[command(after_help = "\
Examples:
  reactant audit show --helper KillCurrent --since 2026-11-24T00:00:00Z
  reactant audit show --event 0191f3c2-7b1e-7e0a-9d55-3a1f0f0e2c11 --output json")]
    Show(ShowArgs),
    /// Takes back what reactions and operators did; ends 1 where an act could not be undone
    ///
    /// Blocks end, also where others keep the address blocked; ended blocks hold again, for what is left of their time; files get what they held before,
    /// with owner, permissions and extended attributes. Files only as far as the configuration's `journal: {keep_replaced: SIZE}` kept them, and only where
    /// they still hold what was written. Newest acts first; each undo is on record itself. Beside a run that acts, that run does it.
    #[command(after_help = "\
Examples:
  reactant audit undo --event 0191f3c2-7b1e-7e0a-9d55-3a1f0f0e2c11
  reactant audit undo --recipe brute_force --since 2026-11-24T10:00:00Z")]
    Undo(ShowArgs),
}

/// Which acts are meant; all that is given must hold.
#[derive(Debug, Clone, Default, Args)]
pub(crate) struct ShowArgs {
    /// Only those that answered this event
    #[arg(long, value_name = "UUID")]
    pub(crate) event: Option<String>,
    /// Only those of this recipe
    #[arg(long, value_name = "NAME")]
    pub(crate) recipe: Option<String>,
    /// Only those by this helper
    #[arg(long, value_name = "NAME")]
    pub(crate) helper: Option<String>,
    /// Only those from this time on
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Timestamp>,
    /// Only those before this time
    #[arg(long, value_name = "TIME")]
    pub(crate) until: Option<Timestamp>,
}

impl ShowArgs {
    /// The same for whoever reads the journal.
    pub(crate) fn selection(&self) -> Selection {
        Selection {
            event: self.event.clone(),
            recipe: self.recipe.clone(),
            helper: self.helper.clone(),
            since: self.since,
            until: self.until,
        }
    }
}
