//! The attributes of an event that filters and limits look at (`recipes.md`, the table of `what`).

use std::net::{IpAddr, SocketAddr};

use jiff::Timestamp;

use crate::{
    event::{Endpoint, Event, Peer, Protocol, time::instant},
    packed::{Key, Node},
    recipe::What,
};

/// What a text is tried with: `…cmd` is the command's name for the one and the whole line for the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Form {
    Pattern,
    Contains,
}

/// An end of a flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum End {
    Local,
    Remote,
}

impl End {
    pub(super) const ALL: [End; 2] = [End::Local, End::Remote];

    pub(super) fn peer(self, event: &Event) -> Option<Peer> {
        match self {
            End::Local => event.local(),
            End::Remote => event.remote(),
        }
    }

    fn endpoint(self, event: &Event) -> Option<Endpoint<'_>> {
        match self {
            End::Local => event.local_end(),
            End::Remote => event.remote_end(),
        }
    }
}

/// Whose attribute it is.
#[derive(Debug, Clone, Copy)]
enum Who {
    Task,
    Parent,
    TaskOrParent,
    /// Any of the ancestry, the process itself included.
    Ancient,
}

/// An attribute of a process that is text.
#[derive(Debug, Clone, Copy)]
enum Field {
    Exe,
    Comm,
    Cmd,
    Args,
    Envs,
}

/// The processes and the field that an attribute speaks of; `None` for one of another kind.
fn of_process(what: What) -> Option<(Who, Field)> {
    use Field::{Args, Cmd, Comm, Envs, Exe};
    use Who::{Ancient, Parent, Task, TaskOrParent};
    Some(match what {
        What::Exe | What::TaskOrPrevExe => (Task, Exe),
        What::Comm => (Task, Comm),
        What::Cmd => (Task, Cmd),
        What::Args => (Task, Args),
        What::Envs => (Task, Envs),
        What::ParentExe | What::ParentOrPrevExe => (Parent, Exe),
        What::ParentComm => (Parent, Comm),
        What::ParentCmd => (Parent, Cmd),
        What::ParentArgs => (Parent, Args),
        What::ParentEnvs => (Parent, Envs),
        What::TaskOrParentExe => (TaskOrParent, Exe),
        What::TaskOrParentComm => (TaskOrParent, Comm),
        What::TaskOrParentCmd => (TaskOrParent, Cmd),
        What::TaskOrParentArgs => (TaskOrParent, Args),
        What::TaskOrParentEnvs => (TaskOrParent, Envs),
        What::AncientExe => (Ancient, Exe),
        What::AncientCmd => (Ancient, Cmd),
        What::AncientArgs => (Ancient, Args),
        What::AncientEnvs => (Ancient, Envs),
        _ => return None,
    })
}

/// Whether the test holds for any text of the attribute; the texts come in order and the first success ends it.
pub(super) fn any_text(
    event: &Event,
    what: What,
    form: Form,
    test: &mut dyn FnMut(&str) -> bool,
) -> bool {
    if let Some((who, field)) = of_process(what) {
        let found = match who {
            Who::Task => event.process().is_some_and(|p| process_text(p, field, form, test)),
            Who::Parent => event.parent().is_some_and(|p| process_text(p, field, form, test)),
            Who::TaskOrParent => event
                .process()
                .into_iter()
                .chain(event.parent())
                .any(|p| process_text(p, field, form, test)),
            Who::Ancient => event
                .process()
                .into_iter()
                .chain(event.ancestry())
                .any(|p| process_text(p, field, form, test)),
        };
        let or_previous = matches!(what, What::TaskOrPrevExe | What::ParentOrPrevExe);
        return found
            || or_previous
                && event.process().and_then(|p| text(p, Key::PREV_EXE)).is_some_and(test);
    }
    match what {
        What::Proto => {
            protocol_text(event).is_some_and(&mut *test)
                || event.protocol().map(Protocol::name).is_some_and(test)
        }
        What::Family => match family(event) {
            Some(Family::V4) => test("AF_INET"),
            Some(Family::V6) => test("AF_INET6"),
            None => false,
        },
        What::Local => peer_text(event, End::Local, test),
        What::Remote => peer_text(event, End::Remote, test),
        What::AnyPeers => End::ALL.into_iter().any(|end| peer_text(event, end, test)),
        What::AnyPeersAndPorts => End::ALL.into_iter().any(|end| {
            let peer = end.peer(event);
            let socket = peer.and_then(|peer| Some(SocketAddr::new(peer.address?, peer.port)));
            socket.is_some_and(|socket| test(&socket.to_string()))
        }),
        _ => false,
    }
}

fn process_text(
    process: Node<'_>,
    field: Field,
    form: Form,
    test: &mut dyn FnMut(&str) -> bool,
) -> bool {
    match (field, form) {
        (Field::Exe, _) => text(process, Key::EXE).is_some_and(test),
        (Field::Comm, _) => text(process, Key::COMM).is_some_and(test),
        (Field::Cmd, Form::Pattern) => command_name(process).is_some_and(test),
        (Field::Cmd, Form::Contains) => text(process, Key::CMD).is_some_and(test),
        (Field::Args, _) => {
            joined(process, Key::ARGS).is_some_and(|args| padded(args, test))
                || text(process, Key::CMD).is_some_and(|line| padded(line.to_owned(), test))
        }
        (Field::Envs, _) => joined(process, Key::ENVS).is_some_and(|envs| padded(envs, test)),
    }
}

/// Tries a text, and then with a space at both ends: published patterns write `\s-l\s`.
fn padded(mut text: String, test: &mut dyn FnMut(&str) -> bool) -> bool {
    if test(&text) {
        return true;
    }
    text.insert(0, ' ');
    text.push(' ');
    test(&text)
}

fn text<'e>(node: Node<'e>, key: Key) -> Option<&'e str> {
    node.get(key)?.as_str()
}

/// The items of a list, joined by single spaces.
fn joined(process: Node<'_>, key: Key) -> Option<String> {
    let mut line = String::new();
    for (index, item) in process.get(key)?.as_list()?.iter().enumerate() {
        if index > 0 {
            line.push(' ');
        }
        line.push_str(item.as_str().unwrap_or_default());
    }
    Some(line)
}

/// The last component of `argv[0]`. The tree holds the whole line in `cmd`, and in `args` what follows `argv[0]`.
pub(super) fn command_name(process: Node<'_>) -> Option<&str> {
    let line = text(process, Key::CMD)?;
    let first = || line.split_ascii_whitespace().next().unwrap_or_default();
    let args = joined(process, Key::ARGS).unwrap_or_default();
    let program = if text(process, Key::EXE) == Some(line) {
        line
    } else if args.is_empty() {
        first()
    } else {
        // A program's name may hold spaces: what is before the arguments is all of it.
        match line.strip_suffix(args.as_str()).and_then(|line| line.strip_suffix(' ')) {
            Some(program) if !program.is_empty() => program,
            _ => first(),
        }
    };
    Some(program.rsplit_once('/').map_or(program, |(_, name)| name))
}

/// Whether the test holds for any number of the attribute.
pub(super) fn any_number(event: &Event, what: What, test: impl Fn(i64) -> bool) -> bool {
    let of_task = |key| event.process().and_then(|process| process.get(key)).and_then(Node::as_int);
    let port =
        |end: End| end.peer(event).map(|peer| i64::from(peer.port)).filter(|port| *port != 0);
    match what {
        What::Uid => of_task(Key::UID).is_some_and(test),
        What::Pid => of_task(Key::PID).is_some_and(test),
        What::Retcode => of_task(Key::RETCODE).is_some_and(test),
        What::ParentPid => of_task(Key::PPID).is_some_and(test),
        What::LocalPorts => port(End::Local).is_some_and(test),
        What::RemotePorts => port(End::Remote).is_some_and(test),
        What::AnyPorts => End::ALL.into_iter().filter_map(port).any(test),
        What::Proto => protocol_numbers(event).iter().any(|number| test(*number)),
        What::Family => match family(event) {
            Some(Family::V4) => test(2) || test(4),
            Some(Family::V6) => test(10) || test(6),
            None => false,
        },
        _ => false,
    }
}

/// The time that the attribute is.
pub(super) fn time(event: &Event, what: What) -> Option<Timestamp> {
    let process = event.process()?;
    match what {
        What::StartTime => instant(text(process, Key::START)?),
        What::ExitTime => instant(text(process, Key::EXIT)?),
        _ => None,
    }
}

/// Whether the test holds for any address of the attribute.
pub(super) fn any_address(event: &Event, what: What, test: impl Fn(IpAddr) -> bool) -> bool {
    let ends: &[End] = match what {
        What::Local => &[End::Local],
        What::Remote => &[End::Remote],
        What::AnyPeers => &End::ALL,
        _ => &[],
    };
    ends.iter().filter_map(|end| end.peer(event)?.address).any(test)
}

/// The names of an end, as they stand.
pub(super) fn names(event: &Event, end: End) -> impl Iterator<Item = &str> {
    end.endpoint(event).into_iter().flat_map(Endpoint::names)
}

fn peer_text(event: &Event, end: End, test: &mut dyn FnMut(&str) -> bool) -> bool {
    let address = end.peer(event).and_then(|peer| peer.address);
    address.is_some_and(|address| test(&address.to_string())) || names(event, end).any(test)
}

/// The transport as the flow writes it.
pub(super) fn protocol_text(event: &Event) -> Option<&str> {
    event.field(Key::FLOW).and_then(|flow| text(flow, Key::PROTO))
}

/// The transport's numbers (IANA, protocol numbers); `icmp` covers ICMPv6.
fn protocol_numbers(event: &Event) -> &'static [i64] {
    match event.protocol() {
        Some(Protocol::Tcp) => &[6],
        Some(Protocol::Udp) => &[17],
        Some(Protocol::Icmp) => &[1, 58],
        None => &[],
    }
}

#[derive(Debug, Clone, Copy)]
enum Family {
    V4,
    V6,
}

/// The flow's address family: as the flow says, else as its addresses are.
fn family(event: &Event) -> Option<Family> {
    let flow = event.field(Key::FLOW)?;
    match flow.get(Key::IP_VERSION).and_then(Node::as_int) {
        Some(4) => return Some(Family::V4),
        Some(6) => return Some(Family::V6),
        _ => {}
    }
    let address = End::ALL.into_iter().find_map(|end| end.peer(event)?.address)?;
    Some(if address.is_ipv4() { Family::V4 } else { Family::V6 })
}
