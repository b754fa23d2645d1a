//! How long it takes from a call until nothing passes any more, and until it passes again: as distributions, which are told and not judged. None at all
//! is told of what came before the call.
//!
//! `REACTANT_ROOT_TESTS=1 cargo test -p reactant-helpers --test blocks -- "times until" --test-threads 1` prints them.

use std::{
    io::{ErrorKind, Read},
    net::{SocketAddr, TcpStream},
    sync::atomic::{AtomicBool, AtomicU32, Ordering},
    thread,
    time::{Duration, Instant},
};

use reactant_helpers::effects::block::{Blocks, Kind};

use super::{SOON, at, block, open, refused, unblock};
use crate::remote::STREAM;

const ROUNDS: usize = 40;

/// What is blocked, and an address in it.
const BLOCKED: [(&str, &str, &str); 4] = [
    ("v4", "10.8.0.5", "10.8.0.5"),
    ("v6", "fd08::5", "fd08::5"),
    ("v4 CIDR", "10.8.0.0/24", "10.8.0.5"),
    ("v6 CIDR", "fd08::/64", "fd08::5"),
];

fn tell(kind: Kind, what: &str, mut spans: Vec<Duration>) {
    spans.sort();
    let part = |percent: usize| spans[(spans.len() * percent / 100).min(spans.len() - 1)];
    println!(
        "{}: {what}: min {:?}, median {:?}, 99 % {:?}, max {:?} ({} times)",
        kind.name(),
        part(0),
        part(50),
        part(99),
        part(100),
        spans.len()
    );
}

pub(super) fn distributions(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let blocks = open(kind, folder.path());
    for (name, net, inside) in BLOCKED {
        let rounds = |one: &dyn Fn() -> Duration| (0..ROUNDS).map(|_| one()).collect();
        let standing = rounds(&|| last_byte(&blocks, net, inside));
        tell(kind, &format!("{name}, a standing connection: call to last byte"), standing);
        let fresh = rounds(&|| last_connection(&blocks, net, inside));
        tell(kind, &format!("{name}, new connections: call to the last that came about"), fresh);
        let unblocked = rounds(&|| unblocking(&blocks, net, inside));
        tell(kind, &format!("{name}, an unblock: call to a connection"), unblocked);
    }
    let timers = ["10.8.0.5", "fd08::5"].iter().flat_map(|net| [net; 5]);
    let late = timers.map(|net| timer(&blocks, net)).collect();
    tell(kind, "a timer that runs out: from its end to a connection", late);
    restart(kind);
}

/// From the call to the last byte of a connection through which the other side sends as fast as it can.
fn last_byte(blocks: &Blocks, net: &str, inside: &str) -> Duration {
    let mut stream = TcpStream::connect(SocketAddr::new(inside.parse().unwrap(), STREAM)).unwrap();
    stream.set_read_timeout(Some(SOON * 2)).unwrap();
    let reader = thread::spawn(move || {
        let (mut buffer, mut last) = ([0; 4096], Instant::now());
        loop {
            match stream.read(&mut buffer) {
                Ok(1..) => last = Instant::now(),
                end => return (last, end.map_err(|error| error.kind())),
            }
        }
    });
    thread::sleep(Duration::from_millis(5));
    let start = Instant::now();
    block(blocks, net, None);
    let (last, end) = reader.join().unwrap();
    // What it sends between the block and its end is answered by nftables with a reset: an error too.
    let errors = [ErrorKind::ConnectionAborted, ErrorKind::ConnectionReset];
    assert!(end.is_err_and(|kind| errors.contains(&kind)), "{net}: {end:?}");
    unblock(blocks, net);
    last.saturating_duration_since(start)
}

/// From the call to the last of the connections that somebody makes one after another.
fn last_connection(blocks: &Blocks, net: &str, inside: &str) -> Duration {
    let to = at(inside);
    let caller = thread::spawn(move || {
        let mut last = Instant::now();
        while TcpStream::connect_timeout(&to, SOON * 2).is_ok() {
            last = Instant::now();
        }
        last
    });
    thread::sleep(Duration::from_millis(5));
    let start = Instant::now();
    block(blocks, net, None);
    let last = caller.join().unwrap();
    unblock(blocks, net);
    last.saturating_duration_since(start)
}

fn unblocking(blocks: &Blocks, net: &str, inside: &str) -> Duration {
    block(blocks, net, None);
    refused(inside);
    let start = Instant::now();
    unblock(blocks, net);
    connected(inside).saturating_duration_since(start)
}

fn timer(blocks: &Blocks, net: &str) -> Duration {
    const SPAN: Duration = Duration::from_millis(200);
    let start = Instant::now();
    block(blocks, net, Some(SPAN));
    connected(net).saturating_duration_since(start + SPAN)
}

/// When an address can be reached.
fn connected(address: &str) -> Instant {
    let start = Instant::now();
    while TcpStream::connect_timeout(&at(address), SOON * 2).is_err() {
        assert!(start.elapsed() < SOON * 4, "{address} stays blocked");
    }
    Instant::now()
}

/// Nothing comes through while the runtime ends and starts.
fn restart(kind: Kind) {
    let folder = tempfile::tempdir().unwrap();
    let blocks = open(kind, folder.path());
    block(&blocks, "10.8.0.5", None);
    block(&blocks, "fd08::5", None);
    let mut held = Some(blocks);
    let (done, tried) = (AtomicBool::new(false), AtomicU32::new(0));
    let mut starts = Vec::new();
    let held_so_long = &mut held;
    thread::scope(|scope| {
        for address in ["10.8.0.5", "fd08::5"] {
            let (done, tried) = (&done, &tried);
            scope.spawn(move || {
                while !done.load(Ordering::Relaxed) {
                    refused(address);
                    tried.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for _ in 0..10 {
            drop(held_so_long.take());
            let start = Instant::now();
            *held_so_long = Some(open(kind, folder.path()));
            starts.push(start.elapsed());
        }
        done.store(true, Ordering::Relaxed);
    });
    let tried = tried.into_inner();
    assert!(tried > 0);
    tell(
        kind,
        &format!("starts, in which {tried} connections were tried and none came about"),
        starts,
    );
    drop(held);
}
