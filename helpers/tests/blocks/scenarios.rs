//! The tests, as the runtime's machine sees them.

mod folder;
mod host;
mod lease;
mod names;
mod policy;
mod times;
mod traffic;

use std::{
    io::{ErrorKind, Read, Write},
    net::{IpAddr, SocketAddr, TcpStream, UdpSocket},
    path::Path,
    time::Duration,
};

use reactant_helpers::effects::{
    Blockable, Holder, Outcome,
    block::{
        Blocks,
        Kind::{self, Cgroup, Nftables},
        Settings, choose,
    },
};

use crate::{machine, remote};

/// The name of a test is the claim that it proves, and what blocks in it.
pub(crate) const TESTS: &[(&str, fn())] = &[
    ("cgroup: a block ends what stands and refuses what is new", || traffic::standing(Cgroup)),
    ("cgroup: a network blocks what lies in it", || traffic::network(Cgroup)),
    ("cgroup: a mapped address is its IPv4 address", || traffic::mapped(Cgroup)),
    ("cgroup: a container is blocked too", || {
        traffic::container(Cgroup, ErrorKind::PermissionDenied)
    }),
    ("cgroup: a timer ends on time, also while nothing runs", || lease::timer(Cgroup)),
    ("cgroup: an ended block does not open a wider one", || lease::nested(Cgroup)),
    ("cgroup: blocks survive kill -9 and a restart sets them right", || lease::restart(Cgroup)),
    ("cgroup: on exit blocks stay, or nothing is left", || lease::exit(Cgroup)),
    ("cgroup: several are blocked together, as each would be", || traffic::together(Cgroup)),
    ("cgroup: very many blocks are back at a start, and gone at another", || {
        lease::very_many(Cgroup)
    }),
    ("cgroup: what another program takes away comes back, and is told", || lease::mended(Cgroup)),
    ("cgroup: times until a block holds, and until it has ended", || times::distributions(Cgroup)),
    ("cgroup: the blocks of each data folder stand by themselves", || folder::apart(Cgroup)),
    ("cgroup: blocks of a removed folder go, those of a living runtime stay", || {
        folder::gone(Cgroup)
    }),
    ("nftables: a block ends what stands and refuses what is new", || traffic::standing(Nftables)),
    ("nftables: a network blocks what lies in it", || traffic::network(Nftables)),
    ("nftables: a mapped address is its IPv4 address", || traffic::mapped(Nftables)),
    ("nftables: a container is blocked too", || {
        traffic::container(Nftables, ErrorKind::ConnectionRefused)
    }),
    ("nftables: a timer ends on time, also while nothing runs", || lease::timer(Nftables)),
    ("nftables: an ended block does not open a wider one", || lease::nested(Nftables)),
    ("nftables: blocks survive kill -9 and a restart sets them right", || lease::restart(Nftables)),
    ("nftables: on exit blocks stay, or nothing is left", || lease::exit(Nftables)),
    ("nftables: several are blocked together, as each would be", || traffic::together(Nftables)),
    ("nftables: very many blocks are back at a start, and gone at another", || {
        lease::very_many(Nftables)
    }),
    ("nftables: what another program takes away comes back, and is told", || {
        lease::mended(Nftables)
    }),
    ("nftables: times until a block holds, and until it has ended", || {
        times::distributions(Nftables)
    }),
    ("nftables: the blocks of each data folder stand by themselves", || folder::apart(Nftables)),
    ("nftables: blocks of a removed folder go, those of a living runtime stay", || {
        folder::gone(Nftables)
    }),
    ("nftables: blocks come back after a flush", lease::flushed),
    ("cgroup: blocks outlast their pins, and come back at a start", lease::unpinned),
    ("the first choice is cgroup, and another choice leaves nothing of it", lease::choice),
    (
        "names: queries for a blocked name are refused at once, however they are sent",
        names::refusal,
    ),
    ("names: what was asked before is blocked with its name, and stands no more", names::before),
    ("names: an address behind an alias is blocked when the answer comes", names::after),
    (
        "names: an answer that nobody's resolver gave to nobody's query counts for nothing",
        names::lies,
    ),
    (
        "names: what leads to what must stay reachable is refused with the reason",
        names::refused_names,
    ),
    (
        "names: a name stands until its last holder lets go, in each folder by itself",
        names::holders,
    ),
    ("names: blocks survive kill -9, end on time and are taken out", names::restart),
    ("names: a flood of answers holds up nobody's end", names::flood),
    (
        "policy: the longest prefix decides who is reached, and who wanted it is told",
        policy::addresses,
    ),
    ("policy: each mode refuses and tells what it says", policy::modes),
    ("policy: what names lead to is denied and allowed with them", policy::domains),
    ("policy: the same is told once, and a storm is counted", policy::storm),
    ("names: a blocked query is refused from the call on", names::times),
    ("what the machine needs is refused", host::refusals),
    ("an address that anybody may take in a network of their own is blocked", host::taken),
    ("more networks than may be held open keep none from a block", traffic::crowd),
];

/// Runs a test by its name.
pub(crate) fn run(name: &str) {
    let (_, test) = TESTS.iter().find(|(known, _)| *known == name).unwrap();
    test();
}

/// What this process does where it is another one of the runtime's machine.
pub(crate) fn be(role: &str) {
    match role {
        "blocking" => lease::be_blocking(),
        "container" => traffic::be_container(),
        "taker" => host::be_taker(),
        "liar" => names::be_liar(),
        "naming" => names::be_naming(),
        other => panic!("no role {other}"),
    }
}

/// How long anything may take that is to come at once.
const SOON: Duration = Duration::from_secs(2);

fn settings(kind: Kind, folder: &Path) -> Settings {
    let settings = Settings::new(folder.join("blocks"));
    Settings { kinds: vec![kind], cgroup: machine::cgroup(), ..settings }
}

fn open(kind: Kind, folder: &Path) -> Blocks {
    let settings = settings(kind, folder);
    Blocks::open(choose(&settings).unwrap(), settings).unwrap()
}

fn net(text: &str) -> Blockable {
    Blockable::Net(text.parse().or_else(|_| text.parse::<IpAddr>().map(Into::into)).unwrap())
}

/// Blocks for a recipe, and sees that it was not blocked before.
fn block(blocks: &Blocks, what: &str, span: Option<Duration>) {
    let outcome = blocks.add(&net(what), &Holder::new("recipe", "event"), span);
    assert_eq!(outcome.unwrap(), Outcome::Done, "{what}");
}

fn unblock(blocks: &Blocks, what: &str) {
    assert_eq!(blocks.remove(&net(what), "recipe").unwrap(), Outcome::Done, "{what}");
}

fn at(address: &str) -> SocketAddr {
    SocketAddr::new(address.parse().unwrap(), remote::ECHO)
}

fn connect(address: &str) -> std::io::Result<TcpStream> {
    let stream = TcpStream::connect_timeout(&at(address), SOON * 2)?;
    stream.set_read_timeout(Some(SOON))?;
    Ok(stream)
}

/// Whether what is sent comes back.
fn echoes(stream: &mut TcpStream) -> std::io::Result<()> {
    stream.write_all(b"x")?;
    stream.read_exact(&mut [0])
}

fn reachable(address: &str) {
    echoes(&mut connect(address).unwrap_or_else(|error| panic!("{address}: {error}"))).unwrap();
}

/// A new connection is refused, and at once.
fn refused(address: &str) {
    let error = connect(address).map(drop).expect_err(address);
    let kinds = [ErrorKind::ConnectionRefused, ErrorKind::PermissionDenied];
    assert!(kinds.contains(&error.kind()), "{address}: {error}");
}

/// A socket that a datagram has gone through and back.
fn datagrams(address: &str) -> UdpSocket {
    let local = if address.contains(':') { "[::]:0" } else { "0.0.0.0:0" };
    let socket = UdpSocket::bind(local).unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    socket.connect(at(address)).unwrap();
    bounces(&socket).unwrap();
    socket
}

fn bounces(socket: &UdpSocket) -> std::io::Result<usize> {
    socket.send(b"x")?;
    socket.recv(&mut [0])
}
