//! Asks the machine's resolvers for the addresses of a name: nothing else tells whether a name leads to what must stay reachable.

use std::{
    hash::{BuildHasher, RandomState},
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use reactant_core::dns::Message;

use super::super::host::resolvers;

/// How long all of it takes at most.
const PATIENCE: Duration = Duration::from_secs(1);

/// How long one resolver is waited for, and how many are asked.
const EACH: Duration = Duration::from_millis(400);
const MOST: usize = 3;

/// The kinds of records that are asked for: `A`, `AAAA`.
const KINDS: [u16; 2] = [1, 28];

/// What the first resolver that answers says of a name; nothing where none does in time.
pub(super) fn ask(name: &str, deadline: Instant) -> Vec<Message> {
    let end = deadline.min(Instant::now() + PATIENCE);
    let resolvers = resolvers();
    let answers = resolvers.iter().take(MOST).filter_map(|net| ask_one(net.addr(), name, end).ok());
    answers.into_iter().find(|answers| !answers.is_empty()).unwrap_or_default()
}

fn ask_one(resolver: IpAddr, name: &str, end: Instant) -> io::Result<Vec<Message>> {
    let end = end.min(Instant::now() + EACH);
    let any: IpAddr = match resolver {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    // A port of its own for each name, as it comes; only this resolver is heard.
    let socket = UdpSocket::bind(SocketAddr::new(any, 0))?;
    socket.connect(SocketAddr::new(resolver, 53))?;
    let random = RandomState::new().hash_one(0_u8);
    let ids = [random as u16, (random >> 16) as u16 ^ 1];
    let mut open: Vec<(u16, u16)> = ids.into_iter().zip(KINDS).collect();
    if open[0].0 == open[1].0 {
        open[1].0 ^= 2;
    }
    for (id, kind) in &open {
        socket.send(&query(*id, *kind, name))?;
    }
    let (mut answers, mut buffer) = (Vec::new(), [0; 4096]);
    while !open.is_empty() {
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            break;
        }
        socket.set_read_timeout(Some(left))?;
        let Ok(length) = socket.recv(&mut buffer) else { break };
        let Ok(message) = Message::parse(&buffer[..length]) else { continue };
        let [question] = &message.questions[..] else { continue };
        let asked = (message.id, question.kind);
        if message.is_response && question.name.as_str() == name && open.contains(&asked) {
            open.retain(|one| *one != asked);
            answers.push(message);
        }
    }
    Ok(answers)
}

/// A query with recursion desired.
fn query(id: u16, kind: u16, name: &str) -> Vec<u8> {
    let mut bytes = id.to_be_bytes().to_vec();
    bytes.extend([1, 0, 0, 1, 0, 0, 0, 0, 0, 0]);
    for label in name.split('.') {
        bytes.push(label.len() as u8);
        bytes.extend(label.as_bytes());
    }
    bytes.push(0);
    bytes.extend([kind.to_be_bytes(), [0, 1]].concat());
    bytes
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_asks_for_its_name() {
        let message = Message::parse(&query(7, 28, "a.example")).unwrap();
        assert_eq!((message.id, message.is_response, message.is_whole), (7, false, true));
        let question = &message.questions[0];
        assert_eq!((question.name.as_str(), question.kind), ("a.example", 28));
    }
}
