//! What the kernel's programs are told to look for, and the table of flows that they keep.

use std::{
    collections::BTreeSet,
    fmt,
    net::{IpAddr, Ipv6Addr},
};

use aya::maps::{
    Array, HashMap, MapData, MapError,
    lpm_trie::{Key, LpmTrie},
};
use reactant_core::interest::flows::FlowInterest;

use super::record::FlowRecord;

/// `struct flow_rules` of `bpf/flow.h`: `on` and `background` as one number, then those of 64 bits.
type Rules = [u64; 17];
/// `struct flow_use`: the set in use, and the pass.
type Use = [u32; 2];
/// `struct flow_port`: end and port.
type Port = [u16; 2];
/// `struct flow_prefix` behind its length: end and address.
type Prefix = [u32; 5];

/// What the programs look up.
pub(in super::super) struct Filter {
    pub(in super::super) rules: Array<MapData, Rules>,
    pub(in super::super) in_use: Array<MapData, Use>,
    pub(in super::super) ports: HashMap<MapData, Port, u64>,
    pub(in super::super) addresses: LpmTrie<MapData, Prefix, u64>,
    /// What each of the two sets holds.
    pub(in super::super) sets: [Keys; 2],
    /// Which one is in use.
    pub(in super::super) set: usize,
    /// Whether anything is looked for.
    pub(in super::super) on: bool,
}

#[derive(Debug, Default)]
pub(in super::super) struct Keys {
    ports: BTreeSet<Port>,
    addresses: BTreeSet<(u32, Prefix)>,
}

impl Filter {
    /// Takes other rules: they are written beside those in use, and then taken at once. Gives whether flows are looked for that were not before.
    ///
    /// # Errors
    ///
    /// The kernel does not take them; those in use stay.
    pub(in super::super) fn apply(&mut self, interest: &FlowInterest) -> Result<bool, MapError> {
        let other = 1 - self.set;
        let Keys { ports, addresses } = std::mem::take(&mut self.sets[other]);
        for port in ports {
            self.ports.remove(&port)?;
        }
        for (bits, prefix) in addresses {
            self.addresses.remove(&Key::new(bits, prefix))?;
        }
        for (end, want) in interest.ends.iter().enumerate() {
            let end = other * 2 + end;
            for (port, rules) in &want.ports {
                let key = [end as u16, *port];
                self.ports.insert(key, rules, 0)?;
                self.sets[other].ports.insert(key);
            }
            for ((address, bits), rules) in &want.addresses {
                let [a, b, c, d] = words(*address);
                // The end counts whole.
                let (bits, prefix) = (32 + u32::from(*bits), [end as u32, a, b, c, d]);
                self.addresses.insert(&Key::new(bits, prefix), rules, 0)?;
                self.sets[other].addresses.insert((bits, prefix));
            }
        }
        let on = !interest.is_empty();
        let mut rules = Rules::default();
        let two = [u32::from(on), u32::from(interest.background)].map(u32::to_ne_bytes);
        rules[0] = u64::from_ne_bytes(two.as_flattened().try_into().unwrap_or_default());
        rules[1..4].copy_from_slice(&interest.protocols);
        rules[4..13].copy_from_slice(&interest.flags);
        for (end, want) in interest.ends.iter().enumerate() {
            rules[13 + end] = want.any_port;
            rules[15 + end] = want.any_address;
        }
        self.rules.set(other as u32, rules, 0)?;
        self.in_use.set(0, [other as u32, 0], 0)?;
        self.set = other;
        Ok(on && !std::mem::replace(&mut self.on, on))
    }

    /// Says which sockets the next look at those that are there is for.
    pub(in super::super) fn pass(&mut self, pass: u32) -> Result<(), MapError> {
        self.in_use.set(0, [self.set as u32, pass], 0)
    }
}

impl fmt::Debug for Filter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Filter")
            .field("set", &self.set)
            .field("on", &self.on)
            .finish_non_exhaustive()
    }
}

/// As four numbers whose bytes are the address's.
fn words(address: Ipv6Addr) -> [u32; 4] {
    let octets = address.octets();
    let word = |at: usize| {
        u32::from_ne_bytes([octets[at], octets[at + 1], octets[at + 2], octets[at + 3]])
    };
    [word(0), word(4), word(8), word(12)]
}

/// The flows that the programs keep: `flows` of `bpf/flow.h`.
pub(in super::super) struct KernelFlows(pub(in super::super) HashMap<MapData, FlowKey, FlowState>);

/// `struct flow_key`.
type FlowKey = [u64; 4];
/// `struct flow_state`.
pub(in super::super) type FlowState = [u64; 18];

impl KernelFlows {
    /// When the last packet of a flow came or went, in nanoseconds since boot; `None` where the programs have forgotten it.
    pub(super) fn last_packet(&self, flow: &FlowRecord) -> Option<u64> {
        /// Where `began` stands; `last` follows.
        const BEGAN: usize = 9;
        let state = self.0.get(&key(flow), 0).ok()?;
        (state[BEGAN] == flow.id.began).then_some(state[BEGAN + 1])
    }

    /// Forgets a flow that has ended: a later packet begins another one.
    pub(super) fn forget(&mut self, flow: &FlowRecord) {
        if self.last_packet(flow).is_some() {
            // It may be gone by now.
            let _ = self.0.remove(&key(flow));
        }
    }
}

fn key(flow: &FlowRecord) -> FlowKey {
    let address = match flow.remote.address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    };
    let [a, b, c, d] = words(address).map(u32::to_ne_bytes);
    let two = |a: [u8; 4], b: [u8; 4]| {
        u64::from_ne_bytes([a[0], a[1], a[2], a[3], b[0], b[1], b[2], b[3]])
    };
    let (remote, local) = (flow.remote.port.to_ne_bytes(), flow.local.port.to_ne_bytes());
    let ports = [remote[0], remote[1], local[0], local[1]];
    [flow.id.cookie, two(a, b), two(c, d), two(ports, u32::from(flow.transport).to_ne_bytes())]
}
