//! An event: what the kernel saw, as one packed tree and the few facts that matching and helpers need.

mod background;
mod check;
mod complete;
mod data;
mod error;
mod fields;
mod file;
mod flow;
mod json;
mod line;
mod locate;
mod pack;
mod peer;
mod process;
mod reference;
mod schema;
mod spelling;
#[cfg(test)]
mod tests;
pub(crate) mod time;

pub use error::EventError;
pub use line::{Line, MAX_EVENT, MAX_PACKED};
pub use locate::line_of;
pub use peer::{Endpoint, Peer};
pub use reference::{FieldType, ObjectField, ObjectType, objects};
pub use schema::schema;

use jiff::Timestamp;

use crate::{
    packed::{Key, Node, Packed},
    recipe::names,
};

/// A set of named bits.
macro_rules! bits {
    ($(#[$doc:meta])* $set:ident of $type:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
        pub struct $set(u16);

        impl $set {
            /// No member.
            pub const EMPTY: $set = $set(0);

            /// Whether it has no member.
            #[must_use]
            pub fn is_empty(self) -> bool {
                self.0 == 0
            }

            /// Whether it has this member.
            #[must_use]
            pub fn contains(self, member: $type) -> bool {
                self.0 & (1 << member as u16) != 0
            }

            /// Adds a member.
            pub fn insert(&mut self, member: $type) {
                self.0 |= 1 << member as u16;
            }

            /// The members of either.
            #[must_use]
            pub fn union(self, other: $set) -> $set {
                $set(self.0 | other.0)
            }

            /// The members of both.
            #[must_use]
            pub fn intersection(self, other: $set) -> $set {
                $set(self.0 & other.0)
            }

            /// The members of this that are not of the other.
            #[must_use]
            pub fn difference(self, other: $set) -> $set {
                $set(self.0 & !other.0)
            }

            /// The members as bits, in the order of the documentation from the lowest.
            pub(crate) fn bits(self) -> u16 {
                self.0
            }

            /// The set of those bits, which [`Self::bits`] gave.
            pub(crate) fn from_bits(bits: u16) -> $set {
                $set(bits)
            }

            /// The members, in the order of the documentation.
            pub fn iter(self) -> impl Iterator<Item = $type> {
                $type::ALL.iter().copied().filter(move |member| self.contains(*member))
            }
        }

        impl FromIterator<$type> for $set {
            fn from_iter<I: IntoIterator<Item = $type>>(members: I) -> Self {
                let mut set = $set::EMPTY;
                for member in members {
                    set.insert(member);
                }
                set
            }
        }
    };
}

names! {
    /// What was done to a file.
    Action {
        Fasync "fasync", Flock "flock", Fsync "fsync", Llseek "llseek", Mmap "mmap", Open "open", Read "read", Write "write",
        Rename "rename", Truncate "truncate", Unlink "unlink", Create "create", Close "close", Link "link", Execve "execve",
    }
}
bits! {
    /// A set of file actions.
    ActionSet of Action
}
names! {
    /// What is known of a flow.
    Flag {
        Ingress "ingress", Egress "egress", Incoming "incoming", Outgoing "outgoing", Started "started", Ongoing "ongoing",
        Ended "ended", Terminator "terminator", Terminated "terminated",
    }
}
bits! {
    /// A set of flow flags.
    FlagSet of Flag
}
names! {
    /// A transport; `icmp` covers ICMPv6.
    Protocol { Tcp "tcp", Udp "udp", Icmp "icmp" }
}
names! {
    /// What an event is about.
    EventType {
        FileAccess "file_access", Execution "execution", NetworkPeer "network_peer",
        DropIp "dropip", DropDomain "dropdomain",
    }
}

/// An event, normalised: the tree has the names and types of `events.md`, whatever spelling came in.
///
/// Its `uuid` and `timestamp` may still be missing; [`Event::complete`] fills them in.
#[derive(Debug, Clone)]
pub struct Event {
    pub(crate) packed: Packed,
    pub(crate) event_type: EventType,
    pub(crate) uuid: Option<String>,
    pub(crate) timestamp: Option<Timestamp>,
    pub(crate) number: u64,
    pub(crate) process: Identity,
    pub(crate) actions: ActionSet,
    pub(crate) flags: FlagSet,
    pub(crate) local: Option<Peer>,
    pub(crate) remote: Option<Peer>,
    pub(crate) protocol: Option<Protocol>,
}

/// Who a process is: a pid alone is reused, and ticks count from the boot that the event's `boot_id` names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Identity {
    /// `None`: the event does not say, and the process is one of its own.
    pub pid: Option<i64>,
    /// When it started, in nanoseconds since 1970.
    pub start: Option<i128>,
    /// When it started, in the kernel's clock ticks since boot.
    pub start_ticks: Option<i64>,
}

impl Identity {
    /// Who the process of an event, or an ancestor, is.
    #[must_use]
    pub fn of(process: Node<'_>) -> Identity {
        let number = |key| process.get(key).and_then(Node::as_int);
        let start = process.get(Key::START).and_then(Node::as_str).and_then(time::read);
        Identity {
            pid: number(Key::PID),
            start: match start {
                Some(time::Time::At(start)) => Some(start.as_nanosecond()),
                _ => None,
            },
            start_ticks: number(Key::START_TICKS),
        }
    }
}

impl Event {
    /// What it is about.
    #[must_use]
    pub fn event_type(&self) -> EventType {
        self.event_type
    }

    /// The tree as received, in the page's spelling: `metadata`, `base`, `uuid` and `timestamp` only where the event brought them.
    ///
    /// What a reaction sees is [`Event::data`].
    #[must_use]
    pub fn packed(&self) -> &Packed {
        &self.packed
    }

    /// The identifier; `""` before it was filled in.
    #[must_use]
    pub fn uuid(&self) -> &str {
        self.uuid.as_deref().unwrap_or_default()
    }

    /// When it happened.
    #[must_use]
    pub fn timestamp(&self) -> Option<Timestamp> {
        self.timestamp
    }

    /// Its number in the run, from 1.
    #[must_use]
    pub fn number(&self) -> u64 {
        self.number
    }

    /// Who acted.
    #[must_use]
    pub fn process_identity(&self) -> Identity {
        self.process
    }

    /// What was done to the file, as this event brings it.
    #[must_use]
    pub fn actions(&self) -> ActionSet {
        self.actions
    }

    /// What is known of the flow, as this event brings it.
    #[must_use]
    pub fn flags(&self) -> FlagSet {
        self.flags
    }

    /// The flow's local end.
    #[must_use]
    pub fn local(&self) -> Option<Peer> {
        self.local
    }

    /// The flow's remote end.
    #[must_use]
    pub fn remote(&self) -> Option<Peer> {
        self.remote
    }

    /// The flow's transport, where it is one that recipes can name.
    #[must_use]
    pub fn protocol(&self) -> Option<Protocol> {
        self.protocol
    }

    /// A top-level field of the tree.
    #[must_use]
    pub fn field(&self, key: Key) -> Option<Node<'_>> {
        self.packed.root().get(key)
    }

    /// The process.
    #[must_use]
    pub fn process(&self) -> Option<Node<'_>> {
        self.field(Key::PROCESS)
    }

    /// The ancestry, init first, the process itself last.
    pub fn ancestry(&self) -> impl Iterator<Item = Node<'_>> {
        self.field(Key::BACKGROUND)
            .and_then(|background| background.get(Key::ANCESTRY))
            .into_iter()
            .flat_map(Node::items)
    }

    /// The parent: the process of the ancestry whose pid is `ppid`. Pids are reused: of several, the one nearest to the process.
    #[must_use]
    pub fn parent(&self) -> Option<Node<'_>> {
        let ppid = self.process()?.get(Key::PPID)?.as_int()?;
        let pid = |process: Node<'_>| process.get(Key::PID).and_then(Node::as_int);
        let mut ancestry = self.ancestry().peekable();
        let mut parent = None;
        while let Some(ancestor) = ancestry.next() {
            // The process itself closes the ancestry.
            let itself = ancestry.peek().is_none() && pid(ancestor) == self.process.pid;
            if pid(ancestor) == Some(ppid) && !itself {
                parent = Some(ancestor);
            }
        }
        parent
    }

    /// How many events were lost since the last one.
    #[must_use]
    pub fn lost(&self) -> u64 {
        let lost = self.field(Key::LOST).and_then(Node::as_int);
        lost.and_then(|lost| u64::try_from(lost).ok()).unwrap_or_default()
    }

    /// Whether it tells of an act that waits for a verdict, and has not happened yet.
    #[must_use]
    pub fn is_before(&self) -> bool {
        self.field(Key::BEFORE).and_then(Node::as_bool).unwrap_or_default()
    }

    /// The path of the file; `""` where there is none.
    #[must_use]
    pub fn path(&self) -> &str {
        self.field(Key::FILE)
            .and_then(|file| file.get(Key::FILE))
            .and_then(Node::as_str)
            .unwrap_or_default()
    }
}
