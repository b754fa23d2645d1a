//! Asks at the socket of a folder.

use std::{
    io,
    path::{Path, PathBuf},
    time::Duration,
};

use serde::{Deserialize, Serialize};

use super::{
    Ask, AskError, Kind, Refusal, socket,
    wire::{self, END, Last, Wire},
};

/// The time for a connection.
const CONNECT: Duration = Duration::from_secs(5);
/// The time for an answer: longer than the server takes at most.
const WHOLE: Duration = Duration::from_secs(90);

/// Whoever answers for a folder. Each request is a connection of its own.
#[derive(Debug, Clone)]
pub struct Client {
    folder: PathBuf,
}

/// Who answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Status {
    /// Its process.
    pub pid: u32,
    /// Its version.
    pub version: String,
    /// The version of the protocol.
    pub protocol: u32,
    /// What it answers.
    pub topics: Vec<String>,
}

impl Status {
    pub(super) const TOPIC: &str = "status";
}

impl Client {
    /// Whoever answers for this folder.
    #[must_use]
    pub fn of(folder: &Path) -> Client {
        Client { folder: folder.to_owned() }
    }

    /// Asks who answers.
    ///
    /// # Errors
    ///
    /// [`AskError::Absent`] where nobody does.
    pub fn status(&self) -> Result<Status, AskError> {
        let mut status = None;
        let nothing = serde_json::Value::Null;
        self.ask(Status::TOPIC, &nothing, &mut std::iter::empty(), &mut |item| {
            status = Some(serde_json::from_str(item)?);
            Ok(())
        })?;
        status.ok_or_else(|| Refusal::problem("no status was given").into())
    }

    fn absent(&self, error: &io::Error) -> AskError {
        let socket = socket::path(&self.folder).display().to_string();
        let reason = match error.kind() {
            io::ErrorKind::NotFound => "there is no such socket".to_owned(),
            io::ErrorKind::ConnectionRefused => "whoever listened there is gone".to_owned(),
            io::ErrorKind::WouldBlock => "it takes no connection".to_owned(),
            _ => error.to_string(),
        };
        AskError::Absent { socket, reason }
    }
}

impl Ask for Client {
    fn ask(
        &self,
        request: &str,
        with: &serde_json::Value,
        more: &mut dyn Iterator<Item = String>,
        take: &mut dyn FnMut(&str) -> io::Result<()>,
    ) -> Result<(), AskError> {
        let stream = socket::reach(&self.folder, CONNECT).map_err(|error| self.absent(&error))?;
        let mut wire = Wire::new(stream, WHOLE);
        let head = wire::head(request, with);
        let lines = std::iter::once(head).chain(more.map(|json| wire::more(&json)));
        let mut said = Ok(());
        for line in lines.chain([END.to_owned()]) {
            said = wire.write(&line);
            if said.is_err() {
                break;
            }
        }
        match said.and_then(|()| wire.flush()) {
            // Whoever refuses does not hear the rest: why it did is to be read.
            Err(refusal) if refusal.kind != Kind::Lost => return Err(refusal.into()),
            _ => {}
        }
        loop {
            let line = wire.line()?;
            if let Some(item) = wire::part(&line) {
                take(item).map_err(AskError::Taker)?;
                continue;
            }
            return match serde_json::from_str(&line) {
                Ok(Last::Done(true)) => Ok(()),
                Ok(Last::Refused(refusal)) => Err(refusal.into()),
                Ok(Last::Done(false)) | Err(_) => {
                    Err(Refusal::problem("the answer makes no sense").into())
                }
            };
        }
    }
}
