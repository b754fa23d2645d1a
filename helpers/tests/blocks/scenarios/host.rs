//! What the machine needs, as it is.

use std::{
    fs,
    io::{BufRead, BufReader},
    process::Stdio,
    thread,
    time::Duration,
};

use reactant_helpers::effects::{
    Holder,
    block::{Blocks, Kind, choose},
};
use rustix::mount::mount_bind;

use super::{block, net, open, reachable, refused, settings};
use crate::{machine, wire};

pub(super) fn refusals() {
    let folder = tempfile::tempdir().unwrap();
    let resolv = folder.path().join("resolv.conf");
    fs::write(&resolv, "nameserver 10.8.0.53\nnameserver fd08::53\n").unwrap();
    mount_bind(&resolv, "/etc/resolv.conf").unwrap();
    wire::via("near", "10.9.0.0/16", Some("10.7.0.3"));
    wire::via("near", "fd09::/16", Some("fd07::3"));
    let blocks = open(Kind::Nftables, folder.path());
    let why = |what: &str| {
        let refused = blocks.add(&net(what), &Holder::new("r", "e"), None).unwrap_err();
        refused.0.split_once(" is never blocked: ").unwrap().1.to_owned()
    };
    for (what, expected) in [
        ("10.7.0.1", "10.7.0.1 is the host's own address"),
        ("10.7.0.0/30", "10.7.0.1 is the host's own address"),
        ("fd07::/64", "fd07::1 is the host's own address"),
        ("10.7.0.3", "10.7.0.3 is a gateway"),
        ("fd07::3", "fd07::3 is a gateway"),
        ("10.8.0.53", "10.8.0.53 is a resolver"),
        ("fd08::/16", "fd08::53 is a resolver"),
        ("127.0.0.1", "loopback"),
        ("::1", "loopback"),
        ("0.0.0.0/0", "it covers 127.0.0.0/8, loopback"),
    ] {
        assert_eq!(why(what), expected, "{what}");
    }
    // An address that came after the start counts at once.
    block(&blocks, "10.7.0.77", None);
    wire::address("near", &["10.7.0.78/24"]);
    assert_eq!(why("10.7.0.78"), "10.7.0.78 is the host's own address");
    // And ends a block that an earlier run had made.
    block(&blocks, "10.7.0.79", None);
    block(&blocks, "10.8.0.5", None);
    drop(blocks);
    wire::address("near", &["10.7.0.79/24"]);
    let mut settings = settings(Kind::Nftables, folder.path());
    settings.protect.add("10.8.0.0/24".parse().unwrap());
    let blocks = Blocks::open(choose(&settings).unwrap(), settings).unwrap();
    let dropped: Vec<String> = blocks.dropped().iter().map(|(what, _)| what.to_string()).collect();
    assert_eq!(dropped, ["10.7.0.79", "10.8.0.5"]);
    reachable("10.8.0.5");
    let held: Vec<String> = blocks.list().iter().map(|held| held.what.to_string()).collect();
    assert_eq!(held, ["10.7.0.77"]);
}

/// Somebody without rights, who says that addresses and gateways are theirs.
pub(super) fn be_taker() {
    wire::address("lo", &["10.8.0.5/32", "fd08::5/128", "10.8.1.1/24"]);
    wire::up("lo");
    wire::via("lo", "10.0.0.0/8", Some("10.8.1.5"));
    println!("taken");
    thread::sleep(Duration::from_secs(60));
}

pub(super) fn taken() {
    let folder = tempfile::tempdir().unwrap();
    let mut taker = machine::stranger("taker").stdout(Stdio::piped()).spawn().unwrap();
    let mut said = BufReader::new(taker.stdout.take().unwrap()).lines();
    assert_eq!(said.next().unwrap().unwrap(), "taken");
    let blocks = open(Kind::Nftables, folder.path());
    for address in ["10.8.0.5", "fd08::5", "10.8.1.5"] {
        block(&blocks, address, None);
        refused(address);
    }
    taker.kill().unwrap();
    taker.wait().unwrap();
}
