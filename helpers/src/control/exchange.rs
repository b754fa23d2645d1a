//! What a handler speaks with: somebody at the socket, or this process itself.

use std::fmt;

use serde::{Serialize, de::DeserializeOwned};

use super::{
    Kind, Peer, Refusal,
    wire::{self, Further, Wire},
};

/// A request that is being answered.
pub struct Exchange<'a> {
    side: Side<'a>,
    peer: Option<Peer>,
}

/// Takes a part of the answer.
type Take<'a> = dyn FnMut(&str) -> Result<(), Refusal> + 'a;

enum Side<'a> {
    Wire(&'a mut Wire),
    Local { more: &'a mut dyn Iterator<Item = String>, take: Box<Take<'a>> },
}

impl<'a> Exchange<'a> {
    pub(super) fn over(wire: &'a mut Wire, peer: Peer) -> Exchange<'a> {
        Exchange { side: Side::Wire(wire), peer: Some(peer) }
    }

    pub(super) fn local(
        more: &'a mut dyn Iterator<Item = String>,
        take: impl FnMut(&str) -> Result<(), Refusal> + 'a,
    ) -> Exchange<'a> {
        Exchange { side: Side::Local { more, take: Box::new(take) }, peer: None }
    }

    /// Who asks; `None`: this process itself.
    #[must_use]
    pub fn peer(&self) -> Option<Peer> {
        self.peer
    }

    /// What follows the request; `None` once that was all.
    ///
    /// # Errors
    ///
    /// [`Kind::Usage`] where it does not fit, [`Kind::Lost`] where the other side went away before it had said all.
    pub fn more<T: DeserializeOwned>(&mut self) -> Result<Option<T>, Refusal> {
        let line = match &mut self.side {
            Side::Wire(wire) => wire.line()?,
            Side::Local { more, .. } => match more.next() {
                Some(json) => wire::more(&json),
                None => return Ok(None),
            },
        };
        match serde_json::from_str(&line) {
            Ok(Further::More(value)) => Ok(Some(value)),
            Ok(Further::End(true)) => Ok(None),
            Ok(Further::End(false)) => Err(Refusal::usage("`end` is true or not there")),
            Err(error) => Err(Refusal::usage(format!("what follows does not fit: {error}"))),
        }
    }

    /// Sends a part of the answer.
    ///
    /// # Errors
    ///
    /// [`Kind::Lost`] where nobody takes it, [`Kind::Problem`] where it is too long.
    pub fn send(&mut self, item: &impl Serialize) -> Result<(), Refusal> {
        let json = serde_json::to_string(item)
            .map_err(|error| Refusal::new(Kind::Problem, error.to_string()))?;
        match &mut self.side {
            Side::Wire(wire) => wire.write(&wire::item(&json)),
            Side::Local { take, .. } => take(&json),
        }
    }
}

impl fmt::Debug for Exchange<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Exchange").field("peer", &self.peer).finish_non_exhaustive()
    }
}
