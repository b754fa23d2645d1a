//! The fields that an event has by name: what each holds and means. Checking and the JSON Schema both read this table.

use super::{Action, EventType, Flag};
use crate::packed::Key;

/// What a field holds.
pub(super) enum Kind {
    /// Anything; it is passed on as it is.
    Any,
    Bool,
    Int,
    /// A whole number from 0 to 65535.
    Port,
    Text,
    Time,
    EventType,
    /// Texts, or one text that is split at spaces.
    Words,
    /// Names of actions, or an object of truth values that may hold such a list.
    Actions,
    /// A path, or an object about the file.
    PathOr(&'static Shape),
    List(&'static Kind),
    Map(&'static Shape),
}

/// The fields of an object. Others may stand beside them.
pub(super) struct Shape {
    pub(super) name: &'static str,
    pub(super) fields: &'static [Field],
}

/// One field.
pub(super) struct Field {
    pub(super) key: Key,
    pub(super) kind: Kind,
    pub(super) doc: &'static str,
}

const fn field(key: Key, kind: Kind, doc: &'static str) -> Field {
    Field { key, kind, doc }
}

const TEXTS: Kind = Kind::List(&Kind::Text);

pub(super) static EVENT: Shape = Shape {
    name: "event",
    fields: &[
        field(Key::UUID, Kind::Text, "Names the event; filled in where missing"),
        field(Key::TIMESTAMP, Kind::Time, "When it happened; the previous event's where missing"),
        field(
            Key::EVENT_TYPE,
            Kind::EventType,
            "What it is about; told by the parts where missing",
        ),
        field(Key::NOTE, Kind::Text, "For people"),
        field(Key::PROCESS, Kind::Map(&PROCESS), "Who acted"),
        field(Key::FILE, Kind::Map(&FILE), "The file of a file_access or execution event"),
        field(Key::FLOW, Kind::Map(&FLOW), "The flow of a network_peer event"),
        field(
            Key::METADATA,
            Kind::Map(&METADATA),
            "About the recipe that fired; given by the runtime",
        ),
        field(Key::BACKGROUND, Kind::Map(&BACKGROUND), "What happened around the event"),
        field(Key::BASE, Kind::Map(&BASE), "What all events have; given by the runtime"),
        field(Key::LOST, Kind::Int, "Events lost since the last one"),
        field(Key::BEFORE, Kind::Bool, "Whether it waits for a verdict: it has not happened yet"),
        field(Key::CONTAINERS, Kind::Any, "The containers that took part"),
        field(Key::ATTENUATOR, Kind::Any, "Passed on in `base` too"),
        field(Key::SCORE, Kind::Any, "Passed on in `base` too"),
        field(Key::SCENARIOS, Kind::Any, "Passed on in `base` too"),
        field(Key::SCENARIO, Kind::Any, "Passed on in `base` too"),
        field(Key::HABITAT, Kind::Any, "Passed on in `base` too"),
    ],
};

/// The process of the event and each of its ancestors.
pub(super) static PROCESS: Shape = Shape {
    name: "process",
    fields: &[
        field(Key::UUID, Kind::Text, "Names the process"),
        field(Key::START, Kind::Time, "When it started"),
        field(
            Key::START_TICKS,
            Kind::Int,
            "When it started, in clock ticks since boot (/proc/PID/stat, field 22)",
        ),
        field(
            Key::BOOT_ID,
            Kind::Text,
            "The boot that pid and start_ticks belong to (/proc/sys/kernel/random/boot_id)",
        ),
        field(Key::EXIT, Kind::Time, "When it exited; absent while it runs"),
        field(Key::RETCODE, Kind::Int, "Its exit status"),
        field(Key::UID, Kind::Int, "The user"),
        field(Key::GID, Kind::Int, "The group"),
        field(Key::PID, Kind::Int, "The process id; reused by the kernel"),
        field(Key::PPID, Kind::Int, "The parent's process id"),
        field(Key::COMM, Kind::Text, "The command's name as the kernel cuts it (15 bytes)"),
        field(Key::CMD, Kind::Text, "The whole command line"),
        field(Key::EXE, Kind::Text, "The path of the executable"),
        field(Key::ARGS, Kind::Words, "The arguments without the program's name"),
        field(Key::ENVS, Kind::Words, "The environment"),
        field(Key::CWD, Kind::Text, "The working directory"),
        field(Key::LOADER, Kind::Text, "The path of the dynamic loader"),
        field(Key::PREV_EXE, Kind::Text, "The executable before the last execve of this process"),
        field(Key::PREV_ARGS, Kind::Words, "The arguments before the last execve"),
        field(Key::PREV_ENVS, Kind::Words, "The environment before the last execve"),
        field(Key::PREV_LOADER, Kind::Text, "The dynamic loader before the last execve"),
        field(Key::CONTAINER_ID, Kind::Text, "The container; empty for none"),
        field(Key::NAMESPACES, Kind::Map(&NAMESPACES), "The inode numbers of its namespaces"),
        field(Key::LOSSY, Kind::Bool, LOSSY),
    ],
};

const LOSSY: &str = "A text of this object was not UTF-8 in the kernel and has U+FFFD in it";

static NAMESPACES: Shape = Shape {
    name: "namespaces",
    fields: &[
        field(Key::MNT_NS, Kind::Int, "Mounts"),
        field(Key::PID_NS, Kind::Int, "Process ids"),
        field(Key::UTS_NS, Kind::Int, "Host name"),
        field(Key::IPC_NS, Kind::Int, "System V IPC and POSIX queues"),
        field(Key::NET_NS, Kind::Int, "Network"),
        field(Key::CGROUP_NS, Kind::Int, "Control groups"),
    ],
};

macro_rules! actions {
    ($($key:ident)*) => {
        &[
            field(Key::FILE, Kind::Text, "The path"),
            field(Key::PATH, Kind::Text, "Another spelling of `file`"),
            field(Key::DIR, Kind::Text, "The directory of the path"),
            field(Key::BASENAME, Kind::Text, "The path's last component"),
            field(Key::ACTIONS, Kind::Actions, "What was done to the file"),
            $(field(Key::$key, Kind::Bool, "Whether `actions` names it"),)*
            field(Key::EXEC, Kind::Bool, "Another spelling of `execve`"),
            field(Key::SEEK, Kind::Bool, "Another spelling of `llseek`"),
            field(Key::ASYNC, Kind::Bool, "Another spelling of `fasync`"),
            field(Key::TYPE, Kind::Text, "regular, directory, symlink, …"),
            field(Key::OWNER, Kind::Map(&OWNER), "Whose it is"),
            field(Key::PERMISSIONS, Kind::Map(&PERMISSIONS), "Who may do what"),
            field(Key::METADATA, Kind::Map(&FILE_METADATA), "What stat says"),
            field(Key::LOSSY, Kind::Bool, LOSSY),
        ]
    };
}

pub(super) static FILE: Shape = Shape {
    name: "file",
    fields: actions!(FASYNC FLOCK FSYNC LLSEEK MMAP OPEN READ WRITE RENAME TRUNCATE UNLINK CREATE CLOSE LINK EXECVE),
};

static OWNER: Shape = Shape {
    name: "owner",
    fields: &[field(Key::UID, Kind::Int, "The user"), field(Key::GID, Kind::Int, "The group")],
};

static PERMISSIONS: Shape = Shape {
    name: "permissions",
    fields: &[field(Key::MODE, Kind::Text, "As ls writes them, without the type")],
};

static FILE_METADATA: Shape =
    Shape { name: "file_metadata", fields: &[field(Key::SIZE, Kind::Int, "In bytes")] };

pub(super) static FLOW: Shape = Shape {
    name: "flow",
    fields: &[
        field(Key::UUID, Kind::Text, "Names the flow over all its events"),
        field(Key::IP_VERSION, Kind::Int, "4 or 6"),
        field(Key::PROTO, Kind::Text, "tcp, udp, icmp, …"),
        field(Key::ICMP, Kind::Map(&ICMP), "The message, where it is ICMP"),
        field(Key::LOCAL, Kind::Map(&PEER), "This machine's end"),
        field(Key::REMOTE, Kind::Map(&PEER), "The other end"),
        field(Key::SERVICE_PORT, Kind::Port, "The port of the side that serves"),
        field(Key::FLAGS, Kind::Map(&FLAGS), "What is known of the flow, one by one"),
        field(Key::PROPERTIES, Kind::Map(&FLAGS), "Another spelling of `flags`"),
        field(Key::PHASE, Kind::Map(&PHASE), "What is known of the flow, in words"),
        field(Key::SETTINGS, Kind::Map(&PHASE), "Another spelling of `phase`"),
    ],
};

static ICMP: Shape = Shape {
    name: "icmp",
    // Recordings hold both the names and the numbers of RFC 792; neither is matched.
    fields: &[field(Key::TYPE, Kind::Any, "The type"), field(Key::CODE, Kind::Any, "The code")],
};

pub(super) static PEER: Shape = Shape {
    name: "peer",
    fields: &[
        field(Key::ADDRESS, Kind::Text, "The IP address"),
        field(Key::NAME, Kind::Text, "The name that it was resolved from"),
        field(Key::NAMES, TEXTS, "Every name known for it"),
        field(Key::PORT, Kind::Port, "The port; 0 where there is none"),
    ],
};

pub(super) static FLAGS: Shape = Shape {
    name: "flags",
    fields: &[
        field(Key::INGRESS, Kind::Bool, "Packets came in"),
        field(Key::EGRESS, Kind::Bool, "Packets went out"),
        field(Key::INCOMING, Kind::Bool, "The remote end began it"),
        field(Key::OUTGOING, Kind::Bool, "The local end began it"),
        field(Key::STARTED, Kind::Bool, "It begins"),
        field(Key::ONGOING, Kind::Bool, "It goes on"),
        field(Key::ENDED, Kind::Bool, "It is over"),
        field(Key::TERMINATOR, Kind::Bool, "The local end ended it"),
        field(Key::TERMINATED, Kind::Bool, "The remote end ended it"),
    ],
};

pub(super) static PHASE: Shape = Shape {
    name: "phase",
    fields: &[
        field(Key::DIRECTION, Kind::Text, "ingress, egress, both, local; empty: unknown"),
        field(Key::INITIATED_BY, Kind::Text, "local, remote, both; empty: unknown"),
        field(Key::STATUS, Kind::Text, "started, ongoing, ended; empty: unknown"),
        field(Key::ENDED_BY, Kind::Text, "local, remote, both; empty: unknown"),
    ],
};

static BACKGROUND: Shape = Shape {
    name: "background",
    fields: &[
        field(
            Key::ANCESTRY,
            Kind::List(&Kind::Map(&PROCESS)),
            "init first, the process itself last",
        ),
        field(Key::FILES, Kind::Map(&FILES), "The files that the ancestry touched, as a tree"),
        field(Key::FILE_LIST, Kind::List(&Kind::PathOr(&FILE)), "Another form of `files`"),
        field(
            Key::FLOWS,
            Kind::Map(&FLOWS),
            "The flows that the ancestry has, by protocol and pair",
        ),
        field(Key::FLOW_LIST, Kind::List(&Kind::Map(&FLOW)), "Another form of `flows`"),
        field(Key::CONTAINERS, Kind::Any, "The containers that took part"),
    ],
};

static FILES: Shape =
    Shape { name: "files", fields: &[field(Key::ROOT, Kind::Map(&DIR), "The root directory")] };

static DIR: Shape = Shape {
    name: "dir",
    fields: &[
        field(Key::PATH, Kind::Text, "The path"),
        field(Key::BASE, Kind::Text, "The path's last component"),
        field(Key::DIRS, Kind::List(&Kind::Map(&DIR)), "The directories in it"),
        field(Key::FILES, Kind::List(&Kind::PathOr(&LEAF)), "The files in it"),
    ],
};

static LEAF: Shape = Shape {
    name: "leaf",
    fields: &[
        field(Key::PATH, Kind::Text, "The path"),
        field(Key::BASE, Kind::Text, "The path's last component"),
    ],
};

static FLOWS: Shape = Shape {
    name: "flows",
    fields: &[
        field(Key::IP_VERSION, Kind::Int, "4 or 6"),
        field(Key::PROTOCOLS, Kind::List(&Kind::Map(&PROTOCOL)), "One of each transport"),
    ],
};

static PROTOCOL: Shape = Shape {
    name: "protocol",
    fields: &[
        field(Key::PROTO, Kind::Text, "tcp, udp, icmp, …"),
        field(Key::NAME, Kind::Text, "The same for people"),
        field(Key::PAIRS, Kind::List(&Kind::Map(&PAIR)), "One of each pair of peers"),
        field(Key::ICMPS, Kind::List(&Kind::Any), "ICMP messages"),
    ],
};

static PAIR: Shape = Shape {
    name: "pair",
    fields: &[
        field(Key::NODES, Kind::Map(&NODES), "The two ends"),
        field(Key::PORT_MATRIX, Kind::List(&Kind::Map(&PORTS)), "One of each flow between them"),
    ],
};

static NODES: Shape = Shape {
    name: "nodes",
    fields: &[
        field(Key::LOCAL, Kind::Map(&PEER), "This machine's end"),
        field(Key::REMOTE, Kind::Map(&PEER), "The other end"),
    ],
};

static PORTS: Shape = Shape {
    name: "ports",
    fields: &[
        field(Key::SRC_PORT, Kind::Port, "The local port"),
        field(Key::DST_PORT, Kind::Port, "The remote port"),
        field(Key::FLAGS, Kind::Map(&FLAGS), "As `flow.flags`"),
        field(Key::PHASE, Kind::Map(&PHASE), "As `flow.phase`"),
    ],
};

static METADATA: Shape = Shape {
    name: "metadata",
    // Recipes fill it at run time; `exec` passes on what the event brings.
    fields: &[
        field(Key::KIND, Kind::Any, "The class of detection"),
        field(Key::NAME, Kind::Any, "The recipe"),
        field(Key::FORMAT, Kind::Any, "The recipe's mechanism"),
        field(Key::VERSION, Kind::Any, "The recipe's version"),
        field(Key::DESCRIPTION, Kind::Any, "For people"),
        field(Key::TACTIC, Kind::Any, "MITRE ATT&CK"),
        field(Key::TECHNIQUE, Kind::Any, "MITRE ATT&CK"),
        field(Key::SUBTECHNIQUE, Kind::Any, "MITRE ATT&CK"),
        field(Key::IMPORTANCE, Kind::Any, "low, medium, high, critical"),
        field(Key::DOCUMENTATION, Kind::Any, "For people"),
    ],
};

static BASE: Shape = Shape {
    name: "base",
    fields: &[
        field(Key::UUID, Kind::Text, "As in the event"),
        field(Key::TIMESTAMP, Kind::Time, "As in the event"),
        field(Key::NOTE, Kind::Text, "As in the event"),
        field(Key::METADATA, Kind::Map(&METADATA), "As in the event"),
        field(Key::BACKGROUND, Kind::Map(&BACKGROUND), "As in the event"),
    ],
};

impl Action {
    /// The key of its truth value in `file`.
    pub(super) fn key(self) -> Key {
        const KEYS: [Key; 15] = [
            Key::FASYNC,
            Key::FLOCK,
            Key::FSYNC,
            Key::LLSEEK,
            Key::MMAP,
            Key::OPEN,
            Key::READ,
            Key::WRITE,
            Key::RENAME,
            Key::TRUNCATE,
            Key::UNLINK,
            Key::CREATE,
            Key::CLOSE,
            Key::LINK,
            Key::EXECVE,
        ];
        KEYS[self as usize]
    }

    /// The action of a key, under its newer spelling too.
    pub(super) fn of(key: Key) -> Option<Action> {
        Action::newer().find(|(newer, _)| *newer == key).map(|(_, action)| action).or_else(|| {
            let at = key.number().checked_sub(Key::FASYNC.number())?;
            Action::ALL.get(usize::from(at)).copied().filter(|action| action.key() == key)
        })
    }

    /// The newer spellings that differ from the page's.
    pub(super) fn newer() -> impl Iterator<Item = (Key, Action)> {
        [(Key::EXEC, Action::Execve), (Key::SEEK, Action::Llseek), (Key::ASYNC, Action::Fasync)]
            .into_iter()
    }
}

impl Flag {
    /// The key of its truth value in `flags`.
    pub(super) fn key(self) -> Key {
        const KEYS: [Key; 9] = [
            Key::INGRESS,
            Key::EGRESS,
            Key::INCOMING,
            Key::OUTGOING,
            Key::STARTED,
            Key::ONGOING,
            Key::ENDED,
            Key::TERMINATOR,
            Key::TERMINATED,
        ];
        KEYS[self as usize]
    }
}

impl EventType {
    /// The names, as messages list them.
    pub(super) const EXPECTED: &'static str =
        "file_access, execution, network_peer, dropip or dropdomain";
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_and_flags_are_keyed_by_their_names() {
        for action in Action::ALL {
            assert_eq!(action.key().name(), action.name());
            assert_eq!(Action::of(action.key()), Some(*action));
        }
        for flag in Flag::ALL {
            assert_eq!(flag.key().name(), flag.name());
        }
        assert_eq!(Action::of(Key::EXEC), Some(Action::Execve));
        assert_eq!(Action::of(Key::PID), None);
        assert_eq!(Action::of(Key::TYPE), None);
    }
}
