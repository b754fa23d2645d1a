//! Keys of the tables: 128-bit keyed hashes, so that an entry has one size however long the paths and command lines are that made it.

use std::{hash::Hasher, net::IpAddr};

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::{
    event::{Event, Identity, Peer},
    packed::{self, Node},
};

/// A key of a table. Nobody who does not know [`Options::key`](super::Options::key) can make two that collide, and by chance none do.
pub(super) type Digest = u128;

/// Writes the parts of a key, each in a form that no other sequence of parts can produce.
pub(super) struct Key(SipHasher13);

impl Key {
    /// Begins a key of its own kind.
    pub(super) fn new(secret: u128, kind: u8) -> Key {
        let mut hasher = SipHasher13::new_with_keys((secret >> 64) as u64, secret as u64);
        hasher.write_u8(kind);
        Key(hasher)
    }

    pub(super) fn text(mut self, text: &str) -> Key {
        self.0.write_usize(text.len());
        self.0.write(text.as_bytes());
        self
    }

    pub(super) fn number(mut self, number: i128) -> Key {
        self.0.write_i128(number);
        self
    }

    /// A process that says who it is.
    pub(super) fn process(self, process: Process<'_>) -> Key {
        let key = self.number(process.pid.into()).text(process.boot);
        match process.start {
            Start::Unknown => key.number(0),
            Start::Time(time) => key.number(1).number(time),
            Start::Ticks(ticks) => key.number(2).number(ticks.into()),
        }
    }

    fn peer(mut self, peer: Option<Peer>) -> Key {
        let port = peer.map_or(0, |peer| peer.port);
        match peer.and_then(|peer| peer.address) {
            None => self.0.write_u8(0),
            Some(IpAddr::V4(address)) => {
                self.0.write_u8(4);
                self.0.write(&address.octets());
            }
            Some(IpAddr::V6(address)) => {
                self.0.write_u8(6);
                self.0.write(&address.octets());
            }
        }
        self.0.write_u16(port);
        self
    }

    pub(super) fn finish(self) -> Digest {
        self.0.finish128().as_u128()
    }
}

/// A process by pid, boot and start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Process<'e> {
    pub(super) pid: i64,
    /// `""` where it is not known.
    pub(super) boot: &'e str,
    pub(super) start: Start,
}

/// When a process started, in the best form that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Start {
    Unknown,
    /// Nanoseconds since 1970.
    Time(i128),
    /// Clock ticks since boot.
    Ticks(i64),
}

impl<'e> Process<'e> {
    /// The process of an event; `None`: it does not say who it is, and is one of its own.
    pub(super) fn of(event: &'e Event) -> Option<Process<'e>> {
        Process::new(event.process_identity(), event.process())
    }

    /// An ancestor, likewise.
    pub(super) fn of_ancestor(process: Node<'e>) -> Option<Process<'e>> {
        Process::new(Identity::of(process), Some(process))
    }

    /// The same pid in another boot is another process. Within one, ticks are exact, while a time of start may be computed anew with each event;
    /// ticks of an unknown boot say less than a time.
    fn new(identity: Identity, process: Option<Node<'e>>) -> Option<Process<'e>> {
        let boot = process.and_then(|process| process.get(packed::Key::BOOT_ID));
        let boot = boot.and_then(Node::as_str).unwrap_or_default();
        let start = match (identity.start, identity.start_ticks) {
            (_, Some(ticks)) if !boot.is_empty() => Start::Ticks(ticks),
            (Some(time), _) => Start::Time(time),
            (None, Some(ticks)) => Start::Ticks(ticks),
            (None, None) => Start::Unknown,
        };
        Some(Process { pid: identity.pid?, boot, start })
    }
}

/// The pair of process and file; `None` where the process is one of its own.
pub(super) fn file_pair(secret: u128, event: &Event) -> Option<Digest> {
    let process = Process::of(event)?;
    Some(Key::new(secret, 0).process(process).text(event.path()).finish())
}

/// The flow: its `uuid`, else the process and the 5-tuple; `None` where it has neither.
pub(super) fn flow(secret: u128, event: &Event, uuid: &str, proto: &str) -> Option<Digest> {
    if !uuid.is_empty() {
        return Some(Key::new(secret, 1).text(uuid).finish());
    }
    let process = Process::of(event)?;
    let key = Key::new(secret, 2).process(process).text(proto);
    Some(key.peer(event.local()).peer(event.remote()).finish())
}
