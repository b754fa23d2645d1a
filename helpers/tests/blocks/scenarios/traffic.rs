//! What passes and what does not.

use std::{
    io::{BufRead, BufReader, ErrorKind, Lines, Read, Write},
    net::TcpListener,
    process::{Child, ChildStdout, Command, Stdio},
    time::{Duration, Instant},
};

use reactant_helpers::effects::{Holder, Outcome, block::Kind};
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use super::{
    SOON, block, bounces, connect, datagrams, echoes, net, open, reachable, refused, unblock,
};
use crate::{
    machine::{contained, inner},
    remote::ask,
    wire,
};

pub(super) fn standing(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let blocks = open(kind, folder.path());
    let listener = TcpListener::bind("[::]:6000").unwrap();
    for (blocked, open, own) in
        [("10.7.0.2", "10.7.0.3", "10.7.0.1:6000"), ("fd07::2", "fd07::3", "[fd07::1]:6000")]
    {
        let mut old = connect(blocked).unwrap();
        let mut other = connect(open).unwrap();
        let socket = datagrams(blocked);
        assert_eq!(ask(&format!("call {blocked} {own}")), "answered");
        let (mut inward, _) = listener.accept().unwrap();
        inward.set_read_timeout(Some(SOON)).unwrap();
        echoes(&mut old).unwrap();

        let start = Instant::now();
        block(&blocks, blocked, None);
        let error = old.read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionAborted, "{blocked}");
        assert!(start.elapsed() < SOON);
        // The one that came from there has ended, by its own end or by the block.
        assert!(
            !matches!(inward.read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
        );
        assert_eq!(ask(&format!("end {}", other.local_addr().unwrap().port())), "stands");

        refused(blocked);
        assert!(start.elapsed() < SOON * 4);
        assert!(bounces(&socket).is_err(), "the old socket");
        let fresh =
            std::net::UdpSocket::bind(if blocked.contains(':') { "[::]:0" } else { "0.0.0.0:0" })
                .unwrap();
        fresh.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
        let gone = fresh.send_to(b"x", super::at(blocked)).and_then(|_| fresh.recv(&mut [0]));
        assert!(gone.is_err(), "a new socket");
        assert_eq!(ask(&format!("call {blocked} {own}")), "silence");
        echoes(&mut other).unwrap();
        reachable(open);

        unblock(&blocks, blocked);
        reachable(blocked);
        datagrams(blocked);
        assert_eq!(ask(&format!("call {blocked} {own}")), "answered");
    }
    reset_is_sent(kind);
}

/// The other side learns that the connection has ended.
fn reset_is_sent(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let blocks = open(kind, folder.path());
    for blocked in ["10.7.0.2", "fd07::2"] {
        let mut old = connect(blocked).unwrap();
        echoes(&mut old).unwrap();
        let port = old.local_addr().unwrap().port();
        block(&blocks, blocked, None);
        assert_eq!(ask(&format!("end {port}")), "reset", "{blocked}");
    }
}

pub(super) fn network(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let blocks = open(kind, folder.path());
    for (net, inside, outside) in [
        ("10.8.0.0/24", ["10.8.0.5", "10.8.0.6"], "10.8.1.5"),
        ("fd08::/64", ["fd08::5", "fd08::6"], "fd08:1::5"),
    ] {
        let mut old = inside.map(|address| connect(address).unwrap());
        let mut other = connect(outside).unwrap();
        block(&blocks, net, None);
        for (stream, address) in old.iter_mut().zip(inside) {
            let error = stream.read(&mut [0]).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::ConnectionAborted, "{address}");
            refused(address);
        }
        echoes(&mut other).unwrap();
        reachable(outside);
        unblock(&blocks, net);
        inside.iter().for_each(|address| reachable(address));
    }
}

pub(super) fn together(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let blocks = open(kind, folder.path());
    let blocked = ["10.8.0.5", "fd08::5", "10.8.1.5", "fd07::2"];
    let mut old = blocked.map(|address| connect(address).unwrap());
    let mut other = connect("fd08::6").unwrap();
    let mut nets: Vec<_> = blocked.iter().map(|address| net(address)).collect();
    nets.insert(2, net("127.0.0.1"));
    nets.push(net("10.8.0.5"));
    // Sockets are looked for by so many at once.
    nets.extend((0..100).map(|last| net(&format!("10.8.9.{last}"))));
    let (one, two) = (Holder::new("names", "one"), Holder::new("names", "two"));
    let said = blocks.add_all(&nets, &one, None);
    assert_eq!(said[2].as_ref().unwrap_err().0, "127.0.0.1 is never blocked: loopback");
    assert_eq!(said[5], Ok(Outcome::Already("already blocked".into())));
    assert_eq!(said.iter().filter(|said| **said == Ok(Outcome::Done)).count(), 104);
    for (stream, address) in old.iter_mut().zip(blocked) {
        let error = stream.read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::ConnectionAborted, "{address}");
        refused(address);
    }
    echoes(&mut other).unwrap();
    assert!(blocks.add_all(&nets[..2], &two, None).iter().all(Result::is_ok));
    // Each holder's lease is its own.
    let said = blocks.release(&nets, &one);
    assert_eq!(said[0], Ok(Outcome::Already("still blocked by names".into())));
    assert_eq!(said[3], Ok(Outcome::Done));
    refused("10.8.0.5");
    refused("fd08::5");
    reachable("10.8.1.5");
    assert!(blocks.release(&nets[..2], &two).iter().all(|said| *said == Ok(Outcome::Done)));
    blocked.iter().for_each(|address| reachable(address));
    assert_eq!(blocks.list(), []);
}

pub(super) fn mapped(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let blocks = open(kind, folder.path());
    let mut old = connect("::ffff:10.8.0.5").unwrap();
    echoes(&mut old).unwrap();
    block(&blocks, "10.8.0.5", None);
    assert_eq!(old.read(&mut [0]).unwrap_err().kind(), ErrorKind::ConnectionAborted);
    refused("::ffff:10.8.0.5");
    let socket = std::net::UdpSocket::bind("[::]:0").unwrap();
    socket.set_read_timeout(Some(Duration::from_millis(300))).unwrap();
    let to = super::at("::ffff:10.8.0.5");
    assert!(socket.send_to(b"x", to).and_then(|_| socket.recv(&mut [0])).is_err());
    reachable("::ffff:10.8.0.6");
    unblock(&blocks, "10.8.0.5");
    reachable("::ffff:10.8.0.5");
}

/// A container: tells how it goes with a connection.
pub(super) fn be_container() {
    println!("ready");
    std::io::stdin().lines().next().unwrap().unwrap();
    wire::address("inside", &["10.6.0.2/24"]);
    wire::up("inside");
    wire::via("inside", "10.0.0.0/8", Some("10.6.0.1"));
    let mut old = connect("10.7.0.2").unwrap();
    echoes(&mut old).unwrap();
    println!("stands");
    println!("{:?}", old.read(&mut [0]).unwrap_err().kind());
    println!("{:?}", connect("10.7.0.2").unwrap_err().kind());
    reachable("10.7.0.3");
    println!("done");
}

/// A container behind this machine: what it had ends, and it gets no new.
pub(super) fn container(kind: Kind, fresh: ErrorKind) {
    let container = Container::start();
    let folder = tempfile::tempdir().unwrap();
    let blocks = open(kind, folder.path());
    let own = blocks.add(&net("10.6.0.2"), &Holder::new("r", "e"), None).unwrap_err();
    assert_eq!(own.0, "10.6.0.2 is never blocked: 10.6.0.2 is the host's own address");
    block(&blocks, "10.7.0.2", None);
    container.ends(fresh);
}

/// More networks than descriptors, before that of the container.
pub(super) fn crowd() {
    const DESCRIPTORS: u64 = 64;
    let networks = || {
        let mut network = Command::new("unshare");
        network.args(["--net", "--fork", "--kill-child", "sleep", "60"]).stdin(Stdio::null());
        network.spawn().unwrap()
    };
    let mut crowd: Vec<Child> = (0..DESCRIPTORS).map(|_| networks()).collect();
    let container = Container::start();
    let folder = tempfile::tempdir().unwrap();
    let blocks = open(Kind::Nftables, folder.path());
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: Some(DESCRIPTORS), ..limit }).unwrap();
    block(&blocks, "10.7.0.2", None);
    setrlimit(Resource::Nofile, limit).unwrap();
    container.ends(ErrorKind::ConnectionRefused);
    for one in &mut crowd {
        one.kill().unwrap();
        one.wait().unwrap();
    }
}

struct Container {
    child: Child,
    said: Lines<BufReader<ChildStdout>>,
}

impl Container {
    /// Starts one, behind this machine, with a connection to the remote one that stands.
    fn start() -> Container {
        std::fs::write("/proc/sys/net/ipv4/ip_forward", "1").unwrap();
        let mut container = contained("container");
        let mut child = container.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let said = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut container = Container { child, said };
        assert_eq!(container.says(), "ready");
        wire::cable("outside", "inside", inner(&container.child));
        wire::address("outside", &["10.6.0.1/24"]);
        wire::up("outside");
        container.child.stdin.take().unwrap().write_all(b"go\n").unwrap();
        assert_eq!(container.says(), "stands");
        container
    }

    fn says(&mut self) -> String {
        self.said.next().unwrap().unwrap()
    }

    /// Sees that its connection ends, and how a new one fails.
    fn ends(mut self, fresh: ErrorKind) {
        assert_eq!(self.says(), format!("{:?}", ErrorKind::ConnectionAborted));
        assert_eq!(self.says(), format!("{fresh:?}"));
        assert_eq!(self.says(), "done");
        assert!(self.child.wait().unwrap().success());
    }
}
