//! The folder that outlives a run (`--data`): who holds it answers for it, and who wants something of it asks.

use std::{
    path::{Path, PathBuf},
    thread,
    time::{Duration, Instant},
};

use reactant_helpers::{
    control::{Ask, AskError, Client, Data, Handlers, Kind, Refusal, Server},
    folder::{Folder, FolderError},
    store::{Durability, Store},
};

use crate::{
    console::Console,
    exit::{Exit, Failure},
};

/// Where a live runtime keeps its state (`cli.md`).
pub(crate) const FOLDER: &str = "/var/lib/reactant";

/// How long a folder is waited for: a command that looks into it has it for a moment.
const PATIENCE: Duration = Duration::from_secs(2);

/// The store has a folder of its own: the journal and the blocks will lie beside it.
fn store_folder(data: &Path) -> PathBuf {
    data.join("store")
}

/// Whether there is a data store.
pub(crate) fn has_store(data: &Path) -> bool {
    store_folder(data).is_dir()
}

/// A folder that this process holds. Nobody else writes there as long as it lives.
pub(crate) struct State {
    folder: Folder,
    store: Store,
}

impl State {
    /// Holds the folder and opens what is in it, or makes it.
    pub(crate) fn hold(data: &Path, durability: Durability) -> Result<State, Failure> {
        State::of(take(|| Folder::hold_any(data))?, durability)
    }

    /// Opens what is in a folder that is held.
    pub(crate) fn of(folder: Folder, durability: Durability) -> Result<State, Failure> {
        let store = Store::open(&store_folder(folder.path()), durability)
            .map_err(|error| unusable(&error))?;
        Ok(State { folder, store })
    }

    pub(crate) fn store(&self) -> &Store {
        &self.store
    }

    /// What can be asked of whoever holds a folder.
    fn handlers(&self) -> Handlers {
        Handlers::new().with(Data::new(self.store.clone()))
    }

    /// Answers for the folder until what this gives is dropped. `more` is asked beside what every holder answers.
    pub(crate) fn serve(
        self,
        console: &Console,
        more: impl FnOnce(Handlers) -> Handlers,
    ) -> Served {
        let server = Server::listen(&self.folder, more(self.handlers()));
        let server = server.map_err(|error| console.warn("control-socket", &error.to_string()));
        Served { _server: server.ok(), _state: self }
    }
}

/// A held folder for which somebody answers; the socket goes before the folder is free.
pub(crate) struct Served {
    _server: Option<Server>,
    _state: State,
}

/// Takes a folder, and waits for a command that has it for a moment.
pub(crate) fn take(way: impl Fn() -> Result<Folder, FolderError>) -> Result<Folder, Failure> {
    Folder::within(PATIENCE, way).map_err(|error| unusable(&error))
}

fn unusable(error: &dyn std::error::Error) -> Failure {
    Failure::Usage(format!("--data: {error}"))
}

/// Whoever answers for a folder: the process that holds it, or this one, which holds it from now on.
pub(crate) enum Access {
    /// Another process.
    Holder(Client),
    /// This one.
    Own(State),
}

impl Access {
    /// Asks the holder where there is one, else takes the folder.
    pub(crate) fn open(data: &Path, durability: Durability) -> Result<Access, Failure> {
        /// Between two looks: a holder that begins or ends does not answer.
        const PAUSE: Duration = Duration::from_millis(20);
        let deadline = Instant::now() + PATIENCE;
        let client = Client::of(data);
        loop {
            let held = match Folder::hold_any(data) {
                Ok(folder) => return State::of(folder, durability).map(Access::Own),
                Err(held @ FolderError::InUse { .. }) => held,
                Err(error) => return Err(unusable(&error)),
            };
            match client.status() {
                Ok(_) => return Ok(Access::Holder(client)),
                Err(AskError::Refused(Refusal { kind: Kind::Denied | Kind::Version, message })) => {
                    return Err(Failure::Problem(format!(
                        "--data: {held}; it refuses to answer: {message}"
                    )));
                }
                Err(error) if Instant::now() >= deadline => {
                    return Err(Failure::Usage(format!("--data: {held}; {error}")));
                }
                Err(_) => thread::sleep(PAUSE),
            }
        }
    }

    /// Asks, and hands over each part of the answer.
    pub(crate) fn ask(
        &self,
        request: &str,
        with: &serde_json::Value,
        more: &mut dyn Iterator<Item = String>,
        take: &mut dyn FnMut(&str) -> std::io::Result<()>,
    ) -> Result<Exit, Failure> {
        let asked = match self {
            Access::Holder(client) => client.ask(request, with, more, take),
            Access::Own(state) => state.handlers().ask(request, with, more, take),
        };
        match asked {
            Ok(()) => Ok(Exit::Fine),
            Err(AskError::Taker(error)) => Err(Failure::Output(error)),
            Err(AskError::Refused(Refusal { kind: Kind::Usage, message })) => {
                Err(Failure::Usage(message))
            }
            Err(error) => Err(Failure::Problem(error.to_string())),
        }
    }
}
