//! What the programs tell of flows and of names: `struct flow` of `bpf/flow.h`, `struct names` of `bpf/packet.h`.

use std::net::{IpAddr, Ipv6Addr};

use reactant_core::event::{Flag, FlagSet, Protocol};

use super::super::record::{Parts, Who};

/// One end.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in super::super) struct End {
    /// One of version 4 that version 6 writes is of version 4.
    pub(in super::super) address: IpAddr,
    /// 0 where there is none.
    pub(in super::super) port: u16,
}

/// Names a flow: its socket, and when it began, in nanoseconds since boot.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(in super::super) struct FlowId {
    pub(super) cookie: u64,
    pub(super) began: u64,
}

/// What became of a flow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct FlowRecord {
    pub(super) id: FlowId,
    pub(super) local: End,
    pub(super) remote: End,
    /// As IP numbers it.
    pub(super) transport: u8,
    /// Type and code of ICMP.
    pub(super) icmp: (u8, u8),
    is: u8,
    pub(super) net_ns: u32,
    /// The network namespace, by a number that no later one has.
    pub(super) net_cookie: u64,
    /// All that is known.
    pub(super) flags: FlagSet,
    /// What of its status was not told before.
    pub(super) news: FlagSet,
    /// The parent first; none where they are not told.
    pub(super) ancestors: Vec<Who>,
}

/// The bits of `enum flow_is`.
#[derive(Debug, Clone, Copy)]
pub(super) enum Is {
    Event = 1,
    EndWanted = 2,
    Closed = 4,
    AncestorsCut = 8,
}

impl FlowRecord {
    /// Reads what follows the head.
    pub(super) fn parse(parts: &mut Parts<'_>) -> Option<FlowRecord> {
        let id = FlowId { cookie: parts.u64()?, began: parts.u64()? };
        let (local, remote) = (address(parts)?, address(parts)?);
        let ports = parts.take(4)?;
        let port = |at: usize| u16::from_ne_bytes([ports[at], ports[at + 1]]);
        let &[transport, kind, code, is] = parts.take(4)? else { return None };
        let net_ns = parts.u32()?;
        let sets = parts.take(4)?;
        let set = |at: usize| flags(u16::from_ne_bytes([sets[at], sets[at + 1]]));
        let count = parts.u32()?;
        let _unused = parts.u32()?;
        Some(FlowRecord {
            id,
            local: End { address: local, port: port(0) },
            remote: End { address: remote, port: port(2) },
            transport,
            icmp: (kind, code),
            is,
            net_ns,
            flags: set(0),
            news: set(2),
            net_cookie: parts.u64()?,
            ancestors: parts.whos(count)?,
        })
    }

    pub(super) fn is(&self, what: Is) -> bool {
        self.is & what as u8 != 0
    }

    pub(super) fn protocol(&self) -> Protocol {
        protocol(self.transport)
    }
}

/// An answer to a query.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct NamesRecord<'a> {
    pub(super) net_cookie: u64,
    pub(super) query: &'a [u8],
    pub(super) answer: &'a [u8],
}

impl<'a> NamesRecord<'a> {
    /// Bytes that are kept of a query: `QUERY`.
    const ASKED: usize = 272;

    /// Reads what follows the head.
    pub(super) fn parse(parts: &mut Parts<'a>) -> Option<NamesRecord<'a>> {
        let net_cookie = parts.u64()?;
        let (query, answer) = (parts.u32()? as usize, parts.u32()? as usize);
        let asked = parts.take(Self::ASKED)?;
        Some(NamesRecord { net_cookie, query: asked.get(..query)?, answer: parts.take(answer)? })
    }
}

pub(super) fn protocol(transport: u8) -> Protocol {
    match transport {
        6 => Protocol::Tcp,
        17 => Protocol::Udp,
        _ => Protocol::Icmp,
    }
}

fn address(parts: &mut Parts<'_>) -> Option<IpAddr> {
    let bytes: [u8; 16] = parts.take(16)?.try_into().ok()?;
    Some(IpAddr::from(Ipv6Addr::from(bytes)).to_canonical())
}

/// The programs number flags as the set does.
fn flags(bits: u16) -> FlagSet {
    Flag::ALL.iter().copied().filter(|flag| bits & 1 << *flag as u16 != 0).collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{
        super::super::record::{Kind, bytes},
        *,
    };

    /// A flow from 10.0.0.1 to 2001:db8::1, as `bpf/flow.h` lays it out, with one ancestor.
    fn flow() -> Vec<u8> {
        let mut bytes = bytes::head(Kind::Flow);
        bytes.extend([9u64, 8].iter().flat_map(|number| number.to_ne_bytes()));
        bytes.extend("::ffff:10.0.0.1".parse::<Ipv6Addr>().unwrap().octets());
        bytes.extend("2001:db8::1".parse::<Ipv6Addr>().unwrap().octets());
        bytes.extend([40_000u16, 443].iter().flat_map(|port| port.to_ne_bytes()));
        bytes.extend([17, 0, 0, 1 | 8]);
        bytes.extend(bytes::u32s(&[77]));
        bytes.extend([1u16 << 1 | 1 << 4, 1 << 4].iter().flat_map(|set| set.to_ne_bytes()));
        bytes.extend(bytes::u32s(&[1, 0, 5, 0, 1_000_000_000, 0, 1, 0]));
        bytes
    }

    #[test]
    fn a_flow_is_read_part_by_part() {
        let bytes = flow();
        let parse = |bytes| FlowRecord::parse(&mut Parts::of(bytes)?.2);
        assert_eq!(parse(&bytes[..bytes.len() - 1]), None);
        let flow = parse(&bytes).unwrap();
        assert_eq!(flow.id, FlowId { cookie: 9, began: 8 });
        assert_eq!(flow.local, End { address: "10.0.0.1".parse().unwrap(), port: 40_000 });
        assert_eq!(flow.remote, End { address: "2001:db8::1".parse().unwrap(), port: 443 });
        assert_eq!((flow.protocol(), flow.net_ns, flow.net_cookie), (Protocol::Udp, 77, 5));
        assert_eq!(flow.flags, [Flag::Egress, Flag::Started].into_iter().collect());
        assert_eq!(flow.news, [Flag::Started].into_iter().collect());
        assert!(flow.is(Is::Event) && flow.is(Is::AncestorsCut) && !flow.is(Is::Closed));
        assert_eq!(flow.ancestors, [Who { pid: 1, ticks: 100 }]);
    }

    proptest! {
        #[test]
        fn no_bytes_panic(more in prop::collection::vec(0u8..4, 0..400)) {
            for kind in [Kind::Flow, Kind::Names] {
                let mut bytes = bytes::head(kind);
                bytes.extend(&more);
                let (_, _, parts) = Parts::of(&bytes).unwrap();
                let (mut flow, mut names) = (parts.clone(), parts);
                let _ = FlowRecord::parse(&mut flow);
                let _ = NamesRecord::parse(&mut names);
            }
        }
    }
}
