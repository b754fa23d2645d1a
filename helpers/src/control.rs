//! The control socket: whoever holds a data folder answers for it, and whoever wants to look into it or change it asks.
//!
//! A [`Handler`] answers the requests of one topic (`data.get` is of the topic `data`). A [`Server`] offers handlers at `control.sock` in a held
//! [`Folder`](crate::folder::Folder); a [`Client`] asks there. Where nobody holds the folder, whoever takes it asks the same handlers without a socket
//! ([`Handlers`]), so that there is one way to answer and one writer, always.
//!
//! # Protocol
//!
//! One exchange a connection, in lines of JSON of at most 8 MiB. The client's first line is `{"reactant":1,"request":"data.get","with":{…}}`; what
//! belongs to it follows as `{"more":…}`, and `{"end":true}` ends it. The server sends `{"item":…}` for each part of its answer, and at last
//! `{"done":true}` or `{"refused":{"kind":…,"message":…}}`. Another version than 1 is refused, and so is whoever is neither root nor of the server's user.
//! An exchange has a minute, its first line five seconds; eight are answered at a time.

mod audit;
mod blocks;
mod budget;
mod client;
mod data;
mod exchange;
mod operator;
mod server;
mod socket;
mod wire;

use std::{fmt, io, sync::Arc};

use serde::{Deserialize, Serialize, de::DeserializeOwned};

pub use audit::{Audit, UNDO, Undone};
pub use blocks::{Blocks, Changed, Lease};
pub use budget::{Budgets, Tripped};
pub use client::{Client, Status};
pub use data::{Data, Part};
pub use exchange::Exchange;
pub use server::Server;

/// The version of the protocol.
pub const VERSION: u32 = 1;

/// Answers the requests of one topic.
pub trait Handler: Send + Sync {
    /// What stands before the dot in the names of its requests.
    fn topic(&self) -> &'static str;

    /// Answers a request: takes what follows it from the exchange, and sends the parts of the answer there.
    ///
    /// # Errors
    ///
    /// A [`Refusal`], which the other side is told.
    fn answer(&self, request: &Request<'_>, exchange: &mut Exchange<'_>) -> Result<(), Refusal>;
}

/// Who asks, over a socket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Its process (in this process's PID namespace; 0 from another).
    pub pid: i32,
    /// Its user.
    pub uid: u32,
}

/// A request, before what it is about is read.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// What stands before the dot.
    pub topic: &'a str,
    /// What stands behind it; `""` where there is no dot.
    pub verb: &'a str,
    line: &'a str,
}

impl<'a> Request<'a> {
    /// Reads the first line of an exchange.
    fn read(line: &'a str) -> Result<Request<'a>, Refusal> {
        #[derive(Deserialize)]
        struct Version {
            reactant: u32,
        }
        #[derive(Deserialize)]
        struct Head<'h> {
            request: &'h str,
        }
        let wrong = |error| Refusal::usage(format!("this is no request: {error}"));
        // The version first: another one may have other fields.
        let Version { reactant } = serde_json::from_str(line).map_err(wrong)?;
        if reactant != VERSION {
            let what = format!(
                "version {reactant} of the protocol was spoken, and version {VERSION} is here: use the `reactant` that runs here"
            );
            return Err(Refusal::new(Kind::Version, what));
        }
        let Head { request } = serde_json::from_str(line).map_err(wrong)?;
        let (topic, verb) = request.split_once('.').unwrap_or((request, ""));
        Ok(Request { topic, verb, line })
    }

    /// What the request is about.
    ///
    /// # Errors
    ///
    /// [`Kind::Usage`] where it does not fit.
    pub fn with<T: DeserializeOwned>(&self) -> Result<T, Refusal> {
        #[derive(Deserialize)]
        struct With<T> {
            with: T,
        }
        let read: With<T> = serde_json::from_str(self.line)
            .map_err(|error| Refusal::usage(format!("`{self}`: {error}")))?;
        Ok(read.with)
    }

    /// The refusal of a verb that the topic does not have.
    #[must_use]
    pub fn unknown(&self) -> Refusal {
        Refusal::new(Kind::Unknown, format!("there is no request `{self}` here"))
    }
}

impl fmt::Display for Request<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.topic)?;
        if self.verb.is_empty() { Ok(()) } else { write!(f, ".{}", self.verb) }
    }
}

/// Why a request was not answered.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error, Serialize, Deserialize)]
#[error("{message}")]
pub struct Refusal {
    /// Of what kind.
    pub kind: Kind,
    /// For people.
    pub message: String,
}

impl Refusal {
    /// A refusal of a kind.
    pub fn new(kind: Kind, message: impl Into<String>) -> Refusal {
        Refusal { kind, message: message.into() }
    }

    /// The request makes no sense.
    pub fn usage(message: impl Into<String>) -> Refusal {
        Refusal::new(Kind::Usage, message)
    }

    /// It was asked for rightly, and failed.
    pub fn problem(message: impl Into<String>) -> Refusal {
        Refusal::new(Kind::Problem, message)
    }
}

/// Kinds of refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Kind {
    /// The request makes no sense.
    Usage,
    /// It was asked for rightly, and failed.
    Problem,
    /// Nobody here answers such a request.
    Unknown,
    /// Another version of the protocol.
    Version,
    /// The peer may not ask.
    Denied,
    /// Too many ask at once.
    Busy,
    /// The other side went away, or took too long.
    Lost,
}

/// Why asking gave no answer.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum AskError {
    /// Nobody listens there.
    #[error("nobody answers at `{socket}`: {reason}")]
    Absent {
        /// The socket.
        socket: String,
        /// Why.
        reason: String,
    },
    /// It was refused.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// What took the parts of the answer failed.
    #[error(transparent)]
    Taker(io::Error),
}

/// What asks: over the socket, or the handlers themselves.
pub trait Ask {
    /// Asks, and hands each part of the answer over, as JSON text. `more` is what belongs to the request, as JSON texts.
    ///
    /// # Errors
    ///
    /// [`AskError`] says why there is no whole answer.
    fn ask(
        &self,
        request: &str,
        with: &serde_json::Value,
        more: &mut dyn Iterator<Item = String>,
        take: &mut dyn FnMut(&str) -> io::Result<()>,
    ) -> Result<(), AskError>;
}

/// Handlers by their topics.
#[derive(Clone, Default)]
pub struct Handlers {
    all: Vec<Arc<dyn Handler>>,
}

impl Handlers {
    /// None yet.
    #[must_use]
    pub fn new() -> Handlers {
        Handlers::default()
    }

    /// One more; of two for one topic the first answers.
    #[must_use]
    pub fn with(mut self, handler: impl Handler + 'static) -> Handlers {
        self.all.push(Arc::new(handler));
        self
    }

    /// These and others.
    #[must_use]
    pub fn and(mut self, others: Handlers) -> Handlers {
        self.all.extend(others.all);
        self
    }

    /// Their topics.
    pub fn topics(&self) -> impl Iterator<Item = &'static str> {
        self.all.iter().map(|handler| handler.topic())
    }

    /// Answers the request that a line is.
    fn answer(&self, line: &str, exchange: &mut Exchange<'_>) -> Result<(), Refusal> {
        let request = Request::read(line)?;
        match self.all.iter().find(|handler| handler.topic() == request.topic) {
            Some(handler) => handler.answer(&request, exchange),
            None => Err(request.unknown()),
        }
    }
}

impl fmt::Debug for Handlers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.topics()).finish()
    }
}

impl Ask for Handlers {
    fn ask(
        &self,
        request: &str,
        with: &serde_json::Value,
        more: &mut dyn Iterator<Item = String>,
        take: &mut dyn FnMut(&str) -> io::Result<()>,
    ) -> Result<(), AskError> {
        let mut failed = None;
        let mut exchange = Exchange::local(more, |item| {
            take(item).map_err(|error| {
                failed = Some(error);
                Refusal::new(Kind::Lost, "the answer was not taken")
            })
        });
        let line = wire::head(request, with);
        let answer = self.answer(&line, &mut exchange);
        drop(exchange);
        match (answer, failed) {
            (_, Some(error)) => Err(AskError::Taker(error)),
            (answer, None) => answer.map_err(AskError::Refused),
        }
    }
}

/// Why there is no control socket.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ControlError {
    /// Others could put a socket of their own there.
    #[error(
        "others than its owner can write to `{0}`, so there is no control socket: `chmod go-w` makes it safe"
    )]
    Writable(String),
    /// Something stands there that is no socket.
    #[error("`{0}` is {1} and not a socket, so there is no control socket: remove it")]
    Occupied(String, &'static str),
    /// The system refused it.
    #[error("there is no control socket at `{0}`: {1}")]
    System(String, io::Error),
}

#[cfg(test)]
mod tests;
