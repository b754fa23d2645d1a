//! Keys of the tables: 128-bit keyed hashes, so that an entry has one size however long the paths and command lines are that made it.

use std::{hash::Hasher, net::IpAddr};

use siphasher::sip128::{Hasher128, SipHasher13};

use crate::event::{Event, Identity, Peer};

/// A key of a table. Nobody without the seed can make two that collide, and by chance none do.
pub(super) type Digest = u128;

/// Writes the parts of a key, each in a form that no other sequence of parts can produce.
pub(super) struct Key(SipHasher13);

impl Key {
    /// Begins a key of its own kind.
    pub(super) fn new(seed: u64, kind: u8) -> Key {
        let mut hasher = SipHasher13::new_with_keys(seed, !seed);
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
    pub(super) fn process(self, process: Process) -> Key {
        let key = self.number(process.pid.into());
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

/// A process by pid and start.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Process {
    pub(super) pid: i64,
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

impl Process {
    /// `None`: the process does not say who it is, and is one of its own.
    pub(super) fn of(identity: Identity) -> Option<Process> {
        let start = match (identity.start, identity.start_ticks) {
            (Some(time), _) => Start::Time(time),
            (None, Some(ticks)) => Start::Ticks(ticks),
            (None, None) => Start::Unknown,
        };
        Some(Process { pid: identity.pid?, start })
    }
}

/// The pair of process and file; `None` where the process is one of its own.
pub(super) fn file_pair(seed: u64, event: &Event) -> Option<Digest> {
    let process = Process::of(event.process_identity())?;
    Some(Key::new(seed, 0).process(process).text(event.path()).finish())
}

/// The flow: its `uuid`, else the process and the 5-tuple; `None` where it has neither.
pub(super) fn flow(seed: u64, event: &Event, uuid: &str, proto: &str) -> Option<Digest> {
    if !uuid.is_empty() {
        return Some(Key::new(seed, 1).text(uuid).finish());
    }
    let process = Process::of(event.process_identity())?;
    let key = Key::new(seed, 2).process(process).text(proto);
    Some(key.peer(event.local()).peer(event.remote()).finish())
}
