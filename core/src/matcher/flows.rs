//! Which recipes want a flow: by the rarest thing that each names first, the rest only for those still alive.

use rustc_hash::FxHashMap;

use super::{RuleId, addresses::AddressIndex, attribute, domains, domains::DomainIndex};
use crate::{
    event::{Event, Protocol},
    recipe::FlowCondition,
};

/// The ends, protocols, addresses, ports and names of all recipes.
#[derive(Debug, Default)]
pub(super) struct FlowIndex {
    /// By [`RuleId`].
    wants: FxHashMap<RuleId, Wants>,
    ends: [End; 2],
    /// Rules that name neither name, address nor port.
    open: Vec<RuleId>,
}

/// What the recipes name of one end.
#[derive(Debug, Default)]
struct End {
    domains: DomainIndex,
    addresses: AddressIndex,
    has_addresses: bool,
    /// Only of rules that name no domain and no address.
    ports: FxHashMap<u16, Vec<RuleId>>,
}

/// What must hold of a flow for one rule.
#[derive(Debug, Clone, Copy)]
struct Wants {
    /// One bit a protocol; 0: any.
    protocols: u8,
    /// 0: any.
    ports: [u16; 2],
    /// Which of [`Found`]'s four lists must hold the rule, a bit each.
    lists: u8,
}

/// The rules whose local or remote names or addresses fit: local names, local addresses, remote names, remote addresses.
type Found = [Vec<RuleId>; 4];

/// The list of an end's names; that of its addresses follows.
const LISTS: [usize; 2] = [0, 2];

impl FlowIndex {
    /// Adds a rule.
    pub(super) fn add(&mut self, rule: RuleId, flow: &FlowCondition) {
        let conditions = [&flow.local, &flow.remote];
        let mut wants = Wants {
            protocols: flow.protocols.iter().fold(0, |bits, protocol| bits | bit(*protocol)),
            ports: conditions.map(|end| end.port),
            lists: 0,
        };
        for (end, condition) in conditions.into_iter().enumerate() {
            let index = &mut self.ends[end];
            for domain in &condition.domains {
                index.domains.add(rule, domain, condition.domain_match);
                wants.lists |= 1 << LISTS[end];
            }
            for cidr in condition.cidrs.iter().chain(&condition.ips) {
                index.addresses.add(rule, *cidr);
                index.has_addresses = true;
                wants.lists |= 2 << LISTS[end];
            }
        }
        if wants.lists == 0 {
            match wants.ports {
                [0, 0] => self.open.push(rule),
                [port, 0] => self.ends[0].ports.entry(port).or_default().push(rule),
                [_, port] => self.ends[1].ports.entry(port).or_default().push(rule),
            }
        }
        self.wants.insert(rule, wants);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.wants.is_empty()
    }

    /// Adds the rules that want the flow, each once.
    pub(super) fn find(&self, event: &Event, out: &mut Vec<RuleId>) {
        let found = self.look_up(event);
        let ports = [event.local(), event.remote()].map(|end| end.map_or(0, |end| end.port));
        let protocol = event.protocol().map_or(0, bit);
        let wanted = |rule: RuleId, list: usize| {
            let Some(wants) = self.wants.get(&rule) else { return false };
            let first = wants.lists.trailing_zeros() as usize;
            // A rule that needs several lists is taken up from its first one only.
            (wants.lists == 0 || first == list)
                && (wants.protocols == 0 || wants.protocols & protocol != 0)
                && (0..2).all(|end| wants.ports[end] == 0 || wants.ports[end] == ports[end])
                && (list + 1..found.len()).all(|list| {
                    wants.lists & 1 << list == 0 || found[list].binary_search(&rule).is_ok()
                })
        };
        for (list, rules) in found.iter().enumerate() {
            out.extend(rules.iter().filter(|rule| wanted(**rule, list)));
        }
        let by_port = self.ends.iter().zip(ports).filter_map(|(end, port)| end.ports.get(&port));
        for rules in by_port.chain([&self.open]) {
            out.extend(rules.iter().filter(|rule| wanted(**rule, found.len())));
        }
    }

    fn look_up(&self, event: &Event) -> Found {
        let mut found = Found::default();
        for (index, end) in self.ends.iter().zip(attribute::End::ALL) {
            let list = LISTS[end as usize];
            if !index.domains.is_empty() {
                for name in attribute::names(event, end) {
                    index.domains.find(&domains::canonical(name), &mut found[list]);
                }
            }
            if index.has_addresses
                && let Some(address) = end.peer(event).and_then(|peer| peer.address)
            {
                index.addresses.find(address, &mut found[list + 1]);
            }
        }
        for rules in &mut found {
            rules.sort_unstable();
            rules.dedup();
        }
        found
    }
}

fn bit(protocol: Protocol) -> u8 {
    1 << protocol as u8
}
