//! A flow in other spellings: `flags` and `phase`, which say the same in two ways, and their newer names.

use std::borrow::Cow;

use super::{
    Flag, FlagSet, Protocol,
    error::EventError,
    json::{Json, Name, Object},
};
use crate::packed::Key;

/// Brings a flow into the page's spelling.
pub(super) fn normalise(flow: &mut Object<'_>) -> Result<(), EventError> {
    proto(flow);
    flow.unite(Key::FLAGS, Key::PROPERTIES)?;
    flow.unite(Key::PHASE, Key::SETTINGS)?;
    let given = |key| flow.map(key).filter(|map| !map.entries.is_empty());
    match (given(Key::FLAGS), given(Key::PHASE)) {
        (Some(flags), None) => {
            let phase = phase(set(flags));
            flow.set_after(Key::FLAGS, Key::PHASE, phase);
        }
        (None, Some(phase)) => {
            let flags = flags(phase);
            let known = Flag::ALL
                .iter()
                .map(|flag| (Name::Known(flag.key()), Json::Bool(flags.contains(*flag))));
            let flags = Json::Map(Object { entries: known.collect() });
            flow.set_after(Key::PHASE, Key::FLAGS, flags);
        }
        _ => {}
    }
    Ok(())
}

/// Lowers the case of `proto`.
pub(super) fn proto(holder: &mut Object<'_>) {
    if let Some(Json::Text(proto)) = holder.get_mut(Key::PROTO)
        && proto.bytes().any(|byte| byte.is_ascii_uppercase())
    {
        *proto = Cow::Owned(proto.to_ascii_lowercase());
    }
}

/// The transport that a `proto` names.
pub(super) fn protocol(proto: &str) -> Option<Protocol> {
    match proto {
        "icmp6" | "icmpv6" | "ipv6-icmp" => Some(Protocol::Icmp),
        name => Protocol::from_name(name),
    }
}

/// The flags that are true.
pub(super) fn set(flags: &Object<'_>) -> FlagSet {
    Flag::ALL
        .iter()
        .copied()
        .filter(|flag| flags.get(flag.key()) == Some(&Json::Bool(true)))
        .collect()
}

fn phase<'a>(flags: FlagSet) -> Json<'a> {
    let both = |one: Flag, one_name, other: Flag, other_name| match (
        flags.contains(one),
        flags.contains(other),
    ) {
        (true, true) => "both",
        (true, false) => one_name,
        (false, true) => other_name,
        (false, false) => "",
    };
    // A flow that began and ended between two events has both flags; the later state is what it is in.
    let status = [(Flag::Ended, "ended"), (Flag::Ongoing, "ongoing"), (Flag::Started, "started")]
        .into_iter()
        .find(|(flag, _)| flags.contains(*flag))
        .map_or("", |(_, name)| name);
    let words = [
        (Key::DIRECTION, both(Flag::Ingress, "ingress", Flag::Egress, "egress")),
        (Key::INITIATED_BY, both(Flag::Incoming, "remote", Flag::Outgoing, "local")),
        (Key::STATUS, status),
        (Key::ENDED_BY, both(Flag::Terminator, "local", Flag::Terminated, "remote")),
    ];
    let entries = words
        .into_iter()
        .map(|(key, word)| (Name::Known(key), Json::Text(Cow::Borrowed(word))))
        .collect();
    Json::Map(Object { entries })
}

/// The flags that a phase stands for.
pub(super) fn flags(phase: &Object<'_>) -> FlagSet {
    let word = |key| phase.text(key).unwrap_or_default();
    let (direction, by) = (word(Key::DIRECTION), word(Key::INITIATED_BY));
    let (status, ended_by) = (word(Key::STATUS), word(Key::ENDED_BY));
    Flag::ALL
        .iter()
        .copied()
        .filter(|flag| match flag {
            Flag::Ingress => matches!(direction, "ingress" | "both"),
            Flag::Egress => matches!(direction, "egress" | "both"),
            Flag::Incoming => matches!(by, "remote" | "both"),
            Flag::Outgoing => matches!(by, "local" | "both"),
            Flag::Started => status == "started",
            Flag::Ongoing => status == "ongoing",
            Flag::Ended => status == "ended",
            Flag::Terminator => matches!(ended_by, "local" | "both"),
            Flag::Terminated => matches!(ended_by, "remote" | "both"),
        })
        .collect()
}
