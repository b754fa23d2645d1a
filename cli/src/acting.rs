//! Commands of an operator's that act on what a data folder holds: whoever acts there does it, and without anybody this process does.
//!
//! There is one writer of the journal, always: whoever has the journal's head. A dry run holds the folder for its data store, but acts on nothing; beside
//! it this process takes the journal.

use std::{
    io,
    path::Path,
    sync::Arc,
    thread,
    time::{Duration, Instant},
};

use reactant_helpers::{
    budget::Budget,
    control::{self, Ask, AskError, Client, Handlers, Kind, Refusal},
    effects::block::OnDemand,
    folder::{Folder, FolderError},
    journal::{Journal, Kept},
};
use serde_json::Value;

use crate::{console::Console, enforcement, exit::Failure, settings::Settings};

/// The command that may replace damaged budgets.
pub(crate) const RESET_ALL: &str = "budget reset --all";

/// How long is waited for another command that has the folder for a moment.
const PATIENCE: Duration = Duration::from_secs(2);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Fails where there is no such folder: a command that only looks makes none.
pub(crate) fn there(folder: &Path) -> Result<(), Failure> {
    if folder.is_dir() {
        return Ok(());
    }
    Err(Failure::Usage(format!("there is no `{}`: name the folder with --data", folder.display())))
}

/// What came of asking whoever acts on a folder.
pub(crate) enum Asked {
    /// It answered.
    Answered,
    /// Nobody acts there.
    Nobody,
}

/// Asks whoever acts on a folder, if somebody does.
pub(crate) fn ask_holder(
    folder: &Path,
    request: &str,
    mut take: impl FnMut(&str) -> io::Result<()>,
) -> Result<Asked, Failure> {
    let client = Client::of(folder);
    match client.ask(request, &Value::Null, &mut std::iter::empty(), &mut take) {
        Ok(()) => Ok(Asked::Answered),
        Err(AskError::Absent { .. } | AskError::Refused(Refusal { kind: Kind::Unknown, .. })) => {
            Ok(Asked::Nobody)
        }
        Err(error) => Err(failure(error)),
    }
}

fn failure(error: AskError) -> Failure {
    match error {
        AskError::Taker(error) => Failure::Output(error),
        AskError::Refused(Refusal { kind: Kind::Usage, message }) => Failure::Usage(message),
        error => Failure::Problem(error.to_string()),
    }
}

/// Whoever acts on a folder: the process that does already, or this one from now on.
pub(crate) enum Acting {
    /// Another process.
    Holder(Client),
    /// This one.
    Own(Box<Own>),
}

/// What this process acts with.
pub(crate) struct Own {
    handlers: Handlers,
    journal: Arc<Journal>,
    blocks: Arc<OnDemand>,
}

impl Acting {
    /// Asks the process that acts on the folder where there is one, else takes the journal, in the name of a command.
    pub(crate) fn open(
        console: &Console,
        settings: &Settings,
        topic: &str,
        command: &str,
    ) -> Result<Acting, Failure> {
        let path = settings.folder();
        let client = Client::of(path);
        let deadline = Instant::now() + PATIENCE;
        loop {
            let (folder, held) = match Folder::hold(path) {
                Ok(folder) => (Some(folder), None),
                Err(held @ FolderError::InUse { .. }) => match client.status() {
                    Ok(status) if status.topics.iter().any(|held| held == topic) => {
                        console.note("a running process acts on the folder and does it");
                        return Ok(Acting::Holder(client));
                    }
                    // A dry run.
                    Ok(_) => (Some(Folder::beside(path).map_err(|error| unusable(&error))?), None),
                    Err(AskError::Refused(Refusal {
                        kind: Kind::Denied | Kind::Version,
                        message,
                    })) => {
                        return Err(Failure::Problem(format!(
                            "--data: {held}; it refuses to answer: {message}"
                        )));
                    }
                    Err(error) => (None, Some(format!("{held}; {error}"))),
                },
                Err(error) => return Err(unusable(&error)),
            };
            let waits = match folder.map(|folder| Own::open(console, &folder, settings, command)) {
                None => held.unwrap_or_default(),
                Some(Ok(own)) => return Ok(Acting::Own(Box::new(own))),
                Some(Err(Taken::Busy(why))) => why,
                Some(Err(Taken::Failed(failure))) => return Err(failure),
            };
            if Instant::now() >= deadline {
                return Err(Failure::Usage(format!("--data: {waits}")));
            }
            thread::sleep(PAUSE);
        }
    }

    /// Asks, and hands over each part of the answer.
    pub(crate) fn ask(
        &self,
        request: &str,
        with: &Value,
        take: &mut dyn FnMut(&str) -> io::Result<()>,
    ) -> Result<(), Failure> {
        let more = &mut std::iter::empty();
        match self {
            Acting::Holder(client) => client.ask(request, with, more, take),
            Acting::Own(own) => own.handlers.ask(request, with, more, take),
        }
        .map_err(failure)
    }

    /// Lets go; what is done is on disk by then.
    pub(crate) fn end(self) -> Result<(), Failure> {
        let Acting::Own(own) = self else { return Ok(()) };
        own.blocks.close().map_err(|why| {
            Failure::Problem(format!("what blocks nothing any more cannot be removed: {why}"))
        })?;
        own.journal.sync().map_err(|failure| Failure::Problem(failure.0))
    }
}

fn unusable(error: &dyn std::error::Error) -> Failure {
    Failure::Usage(format!("--data: {error}"))
}

/// Why this process cannot act.
enum Taken {
    /// Another one writes the journal.
    Busy(String),
    Failed(Failure),
}

impl Own {
    fn open(
        console: &Console,
        folder: &Folder,
        settings: &Settings,
        command: &str,
    ) -> Result<Own, Taken> {
        let opened = Journal::open(folder.clone(), command, settings.journal);
        let (journal, crash) = opened.map_err(|error| match error.is_busy() {
            true => Taken::Busy(error.to_string()),
            false => Taken::Failed(unusable(&error)),
        })?;
        enforcement::tell(console, &crash);
        let journal = Arc::new(journal);
        let budget = match Budget::open(folder.path(), settings.budgets) {
            // Whoever resets all need not know which.
            Err(error) if command == RESET_ALL => {
                console.warn("budget", &error.to_string());
                Ok(Budget::anew(folder.path(), settings.budgets))
            }
            budget => budget,
        };
        let budget = budget.map_err(|error| Taken::Failed(unusable(&error)))?;
        // What an operator blocks stays until a runtime that removes its blocks has begun and ended.
        let stays = reactant_core::config::BlocksOnExit::Stay;
        let settings = &Settings { blocks_on_exit: stays, ..settings.clone() };
        let blocks = Arc::new(OnDemand::new(enforcement::block_settings(settings, folder.path())));
        let handlers = handlers(&journal, &Arc::new(budget), &blocks, settings);
        Ok(Own { handlers, journal, blocks })
    }
}

/// What can be asked of whoever acts on a folder.
pub(crate) fn handlers(
    journal: &Arc<Journal>,
    budget: &Arc<Budget>,
    blocks: &Arc<OnDemand>,
    settings: &Settings,
) -> Handlers {
    let kept = Kept::existing(journal.folder());
    let (journal, blocks) = (|| Arc::clone(journal), || Arc::clone(blocks));
    Handlers::new()
        .with(control::Budgets::new(Arc::clone(budget), journal()))
        .with(control::Blocks::new(blocks(), journal(), settings.protect.clone()))
        .with(control::Audit::new(journal(), blocks(), kept))
}
