//! The ends of flows: addresses and names.

use std::net::IpAddr;

use super::Event;
use crate::packed::{Key, Node};

/// One end of a flow, as matching needs it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The address, a v4-mapped v6 one as v4.
    pub address: Option<IpAddr>,
    /// The port; 0 where there is none.
    pub port: u16,
}

impl Peer {
    pub(super) fn of(node: Node<'_>) -> Peer {
        let port = node.get(Key::PORT).and_then(Node::as_int);
        Peer {
            address: Endpoint { node }.address(),
            port: port.and_then(|port| u16::try_from(port).ok()).unwrap_or(0),
        }
    }
}

/// One end of a flow, in an event's tree.
#[derive(Debug, Clone, Copy)]
pub struct Endpoint<'a> {
    node: Node<'a>,
}

impl<'a> Endpoint<'a> {
    /// The address, a v4-mapped v6 one as v4, without the zone of a link-local one.
    #[must_use]
    pub fn address(self) -> Option<IpAddr> {
        address(self.node.get(Key::ADDRESS)?.as_str()?)
    }

    /// Its `name` and `names`, without empty ones and those that are IP addresses. One name may come twice.
    pub fn names(self) -> impl Iterator<Item = &'a str> {
        let names = self.node.get(Key::NAMES).into_iter().flat_map(Node::items);
        self.node
            .get(Key::NAME)
            .into_iter()
            .chain(names)
            .filter_map(Node::as_str)
            .filter(|name| is_name(name))
    }
}

/// Whether a text is a name, with or without the dot of the root: resolvers put addresses, in brackets or not, where one is missing.
fn is_name(text: &str) -> bool {
    let name = text.strip_suffix('.').unwrap_or(text);
    !name.is_empty() && address(name.trim_matches(['[', ']'])).is_none()
}

fn address(text: &str) -> Option<IpAddr> {
    let text = text.split_once('%').map_or(text, |(address, _zone)| address);
    text.parse().ok().map(|address: IpAddr| address.to_canonical())
}

impl Event {
    /// The local end of the event's flow, with its names.
    #[must_use]
    pub fn local_end(&self) -> Option<Endpoint<'_>> {
        self.end(Key::LOCAL)
    }

    /// The remote end of the event's flow, with its names.
    #[must_use]
    pub fn remote_end(&self) -> Option<Endpoint<'_>> {
        self.end(Key::REMOTE)
    }

    fn end(&self, end: Key) -> Option<Endpoint<'_>> {
        self.field(Key::FLOW)?.get(end).map(|node| Endpoint { node })
    }

    /// Every remote end that the event knows of: its flow's, then those of all pairs of `background.flows`. One may come twice.
    pub fn remotes(&self) -> impl Iterator<Item = Endpoint<'_>> {
        let flows = self.field(Key::BACKGROUND).and_then(|background| background.get(Key::FLOWS));
        let pairs = items(flows.and_then(|flows| flows.get(Key::PROTOCOLS)))
            .flat_map(move |protocol| items(protocol.get(Key::PAIRS)));
        let remotes = pairs.filter_map(|pair| pair.get(Key::NODES)?.get(Key::REMOTE));
        self.remote_end().into_iter().chain(remotes.map(|node| Endpoint { node }))
    }
}

fn items<'a>(node: Option<Node<'a>>) -> impl Iterator<Item = Node<'a>> {
    node.into_iter().flat_map(Node::items)
}
