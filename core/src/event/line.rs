//! One line of a recording, from text to event.

use super::{
    Action, ActionSet, Event, EventType, FlagSet, Identity, Peer, check,
    error::EventError,
    file, flow,
    json::{Json, Object},
    pack, process,
    time::{self, Time},
};
use crate::{
    packed::{Key, Node, Packed},
    value::Value,
};

/// The longest text of an event, in bytes.
pub const MAX_EVENT: usize = 64 << 20;

/// The most that an event's tree may take, in bytes. One in an honest text takes three times its length; a text can be made of which every
/// byte unpacks to hundreds.
pub const MAX_PACKED: usize = 256 << 20;

/// What a line of a recording holds.
#[derive(Debug, Clone)]
#[allow(clippy::large_enum_variant, reason = "nearly every line is an event")]
pub enum Line {
    /// An event.
    Event(Event),
    /// What was recorded, and how: the object with `"type":"header"`.
    Header(Value),
}

impl Line {
    /// Reads a line: one JSON object in any layout, spelled as the page does or as the published formats do.
    ///
    /// The number is what [`Event::number`] says until [`Event::complete`] gives the event its place in the run.
    ///
    /// # Errors
    ///
    /// [`EventError`] names the field at fault, or the place in the text.
    pub fn parse(text: &[u8], number: u64) -> Result<Line, EventError> {
        if text.len() > MAX_EVENT {
            return Err(EventError::TooLong { len: text.len() });
        }
        let text = std::str::from_utf8(text)
            .map_err(|error| EventError::NotUtf8 { at: error.valid_up_to() })?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        match Json::parse(text)? {
            Json::Map(map) if is_header(&map) => Ok(Line::Header(Json::Map(map).into_value())),
            Json::Map(map) => event(map, number, text.len()).map(Line::Event),
            other => Err(EventError::NotAnObject { got: other.described() }),
        }
    }
}

fn is_header(map: &Object<'_>) -> bool {
    map.text(Key::TYPE) == Some("header")
        && ![Key::EVENT_TYPE, Key::FILE, Key::FLOW].iter().any(|key| map.contains(*key))
}

fn event(mut event: Object<'_>, number: u64, text: usize) -> Result<Event, EventError> {
    use super::error::Step::Field;

    check::event(&mut event)?;
    lift_base(&mut event);
    if event.text(Key::UUID) == Some("") {
        event.remove(Key::UUID);
    }
    for key in [Key::PROCESS, Key::BACKGROUND] {
        if !event.contains(key) {
            event.set(key, Json::Map(Object::default()));
        }
    }
    if let Some(process) = event.map_mut(Key::PROCESS) {
        process::normalise(process);
    }
    if let Some(background) = event.map_mut(Key::BACKGROUND) {
        super::background::normalise(background)
            .map_err(|error| error.below(Field("background")))?;
    }
    let mut flags = FlagSet::EMPTY;
    if let Some(flow) = event.map_mut(Key::FLOW) {
        flow::normalise(flow).map_err(|error| error.below(Field("flow")))?;
        flags = flow.map(Key::FLAGS).map(flow::set).unwrap_or_default();
    }
    let mut actions = ActionSet::EMPTY;
    if let Some(file) = event.map_mut(Key::FILE) {
        actions = file::normalise(file).map_err(|error| error.below(Field("file")))?;
    }
    let event_type = event_type(&mut event, actions)?;
    require(&event, event_type)?;
    if event_type == EventType::Execution {
        actions.insert(Action::Execve);
    }
    if let Some(file) = event.map_mut(Key::FILE) {
        file::set_actions(file, actions);
    }

    let packed = pack::event(&event, actions, text)?;
    let timestamp = match event.text(Key::TIMESTAMP).and_then(time::read) {
        Some(Time::At(timestamp)) => Some(timestamp),
        _ => None,
    };
    let protocol =
        event.map(Key::FLOW).and_then(|flow| flow.text(Key::PROTO)).and_then(flow::protocol);
    let uuid = event.text(Key::UUID).map(str::to_owned);
    let process = packed.root().get(Key::PROCESS).map(Identity::of).unwrap_or_default();
    let [local, remote] = [Key::LOCAL, Key::REMOTE].map(|end| peer(&packed, end));
    Ok(Event {
        packed,
        event_type,
        uuid,
        timestamp,
        number,
        process,
        actions,
        flags,
        local,
        remote,
        protocol,
    })
}

fn peer(packed: &Packed, end: Key) -> Option<Peer> {
    packed.root().get(Key::FLOW)?.get(end).map(|node: Node<'_>| Peer::of(node))
}

/// What `data.base` repeats, for events that came out of a reaction or of the programs that write only `base`: it goes to its place in
/// the event, which `data` derives `base` from again. Fields of `base` that are its own stay.
fn lift_base(event: &mut Object<'_>) {
    let Some(Json::Map(mut base)) = event.remove(Key::BASE) else { return };
    for key in BASE {
        let Some(value) = base.remove(key) else { continue };
        let missing = match event.get(key) {
            None => true,
            Some(Json::Text(text)) => text.is_empty(),
            Some(Json::Map(map)) => map.entries.is_empty(),
            Some(_) => false,
        };
        if missing {
            event.set(key, value);
        }
    }
    if !base.entries.is_empty() {
        event.set(Key::BASE, Json::Map(base));
    }
}

/// What `data.base` has from the event, in its order.
pub(super) const BASE: [Key; 10] = [
    Key::UUID,
    Key::TIMESTAMP,
    Key::NOTE,
    Key::METADATA,
    Key::BACKGROUND,
    Key::ATTENUATOR,
    Key::SCORE,
    Key::SCENARIOS,
    Key::SCENARIO,
    Key::HABITAT,
];

fn event_type(event: &mut Object<'_>, actions: ActionSet) -> Result<EventType, EventError> {
    if let Some(event_type) = event.text(Key::EVENT_TYPE).and_then(EventType::from_name) {
        return Ok(event_type);
    }
    let executed = event.map(Key::PROCESS).and_then(|process| process.text(Key::EXE));
    let event_type = if event.contains(Key::FLOW) {
        EventType::NetworkPeer
    } else if let Some(file) = event.map(Key::FILE) {
        let path = file.text(Key::FILE);
        if actions.contains(Action::Execve) && path.is_some() && path == executed {
            EventType::Execution
        } else {
            EventType::FileAccess
        }
    } else {
        return Err(EventError::NoSubject);
    };
    event.set(Key::EVENT_TYPE, Json::Text(event_type.name().into()));
    Ok(event_type)
}

/// An execution is about its process, of which nothing is required; its file may be unknown.
fn require(event: &Object<'_>, event_type: EventType) -> Result<(), EventError> {
    let missing = |path| Err(EventError::Missing { path, event_type: event_type.name() });
    match event_type {
        EventType::NetworkPeer | EventType::DropIp | EventType::DropDomain
            if !event.contains(Key::FLOW) =>
        {
            missing("flow")
        }
        EventType::FileAccess => match event.map(Key::FILE) {
            None => missing("file"),
            Some(file) if !file.contains(Key::FILE) => missing("file.file"),
            Some(_) => Ok(()),
        },
        _ => Ok(()),
    }
}
