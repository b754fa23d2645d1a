//! The resolver of the remote machine: knows a few names, and answers some of them in a hostile way.

use std::{
    net::{SocketAddr, UdpSocket},
    thread,
};

use crate::machine::REMOTE;

pub(crate) const PORT: u16 = 53;

/// What a name is: another name, or addresses.
enum Is {
    Alias(&'static str),
    Four([u8; 4]),
    Six(&'static str),
}
use Is::{Alias, Four, Six};

/// The names that this resolver knows.
const ZONE: &[(&str, &[Is])] = &[
    ("www.good.example", &[Alias("cdn.evil.example")]),
    ("cdn.evil.example", &[Alias("edge.other.example")]),
    ("edge.other.example", &[Four([10, 8, 0, 5]), Six("fd08::5")]),
    ("evil.example", &[Four([10, 8, 0, 6]), Six("fd08::6")]),
    ("notevil.example", &[Four([10, 8, 1, 5])]),
    ("second.good.example", &[Alias("x.evil.example")]),
    ("x.evil.example", &[Four([10, 8, 1, 5])]),
    ("y.evil.example", &[Four([10, 7, 0, 2])]),
    ("z.evil.example", &[Four([10, 8, 1, 5])]),
    ("protected.example", &[Four([10, 8, 0, 5])]),
    ("alias.protected.example", &[Alias("protected.example")]),
    ("own.example", &[Four([10, 7, 0, 1])]),
    ("resolver.example", &[Four([10, 7, 0, 3])]),
    ("sunk.example", &[Four([0, 0, 0, 0]), Four([127, 0, 0, 1])]),
    ("below.rebinding.example", &[Four([10, 7, 0, 1])]),
    ("rebinding.example", &[Four([10, 8, 0, 6])]),
    ("mine.evil-but-clever.example", &[Alias("notevil.example"), Four([10, 7, 0, 2])]),
    // Somebody else's name beside an address of one's own.
    ("beside.good.example", &[Alias("x.evil.example"), Four([10, 7, 0, 2])]),
    // Answers about these are none of anybody's who asked.
    ("wrong-id.good.example", &[Alias("x.evil.example")]),
    ("wrong-name.good.example", &[Alias("x.evil.example")]),
    ("wrong-port.good.example", &[Alias("x.evil.example")]),
    // And these are damaged.
    ("junk.good.example", &[Alias("y.evil.example")]),
    ("short.good.example", &[Alias("z.evil.example")]),
];

/// Answers on all addresses of this machine, each from its own.
pub(crate) fn serve() {
    for net in REMOTE {
        let net: ipnet::IpNet = net.parse().unwrap();
        let socket = UdpSocket::bind((net.addr(), PORT)).unwrap();
        thread::spawn(move || answer_all(&socket));
    }
}

/// Answers what comes to one socket.
pub(crate) fn answer_all(socket: &UdpSocket) {
    let mut buffer = [0; 2048];
    let mut turn = 0;
    loop {
        if let Ok((length, from)) = socket.recv_from(&mut buffer) {
            turn += 1;
            if let Some((answer, to)) = answers(&buffer[..length], from, turn) {
                let _ = socket.send_to(&answer, to);
            }
        }
    }
}

/// What a query gets, and where that goes.
fn answers(query: &[u8], from: SocketAddr, turn: usize) -> Option<(Vec<u8>, SocketAddr)> {
    let (name, end) = question(query)?;
    let lower = name.to_ascii_lowercase();
    let mut answer = answer(query, &lower, end, turn);
    let mut to = from;
    match lower.split('.').next().unwrap() {
        "wrong-id" => answer[0] ^= 0x55,
        "wrong-port" => to.set_port(from.port() ^ 1),
        // The first letter of the name.
        "wrong-name" => answer[13] ^= 1,
        "junk" => {
            // An authority and an additional record that are nonsense.
            answer[9] = 1;
            answer[11] = 1;
            answer.extend([0xc0, 0xff, 0x40, 0xff]);
        }
        "short" => {
            // One more answer than there is.
            answer[7] += 1;
            answer.extend([0xc0, 12, 0, 1, 0]);
        }
        _ => {}
    }
    Some((answer, to))
}

/// The name that is asked for, as it is written, and where the question ends.
fn question(query: &[u8]) -> Option<(String, usize)> {
    let (mut labels, mut at) = (Vec::new(), 12);
    loop {
        let length = usize::from(*query.get(at)?);
        at += 1;
        match length {
            0 => return Some((labels.join("."), at + 4)),
            1..64 => {
                labels.push(String::from_utf8(query.get(at..at + length)?.to_vec()).ok()?);
                at += length;
            }
            _ => return None,
        }
    }
}

pub(crate) fn wire(name: &str) -> Vec<u8> {
    let labels = name.split('.').filter(|label| !label.is_empty());
    let mut bytes: Vec<u8> =
        labels.flat_map(|label| [&[label.len() as u8], label.as_bytes()].concat()).collect();
    bytes.push(0);
    bytes
}

/// The whole chain, its records in another order each time.
fn answer(query: &[u8], name: &str, end: usize, turn: usize) -> Vec<u8> {
    let kind = u16::from_be_bytes([query[end - 4], query[end - 3]]);
    let (mut records, mut at) = (Vec::new(), name);
    while let Some((_, all)) = ZONE.iter().find(|(known, _)| *known == at) {
        let before = at;
        for is in *all {
            let (is_kind, data) = match is {
                Alias(next) => {
                    at = next;
                    (5, wire(next))
                }
                Four(address) => (1, address.to_vec()),
                Six(address) => {
                    (28, address.parse::<std::net::Ipv6Addr>().unwrap().octets().to_vec())
                }
            };
            if is_kind == 5 || is_kind == kind {
                // One second: it counts for the shortest time that there is.
                let head = [&[0, is_kind as u8, 0, 1, 0, 0, 0, 1, 0, data.len() as u8][..], &data];
                records.push([wire(before), head.concat()].concat());
            }
        }
        if at == before {
            break;
        }
    }
    let count = records.len();
    if count > 0 {
        records.rotate_left(turn % count);
    }
    let mut bytes = query[..end].to_vec();
    bytes[2] = 0x81;
    bytes[3] = 0x80;
    bytes[6..12].copy_from_slice(&[0, count as u8, 0, 0, 0, 0]);
    bytes.extend(records.concat());
    bytes
}
