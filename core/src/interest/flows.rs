//! Which flows the recipes could match, as tables that a kernel can look up: each rule is a bit, a table gives the rules that a part of the flow
//! fits, and the flow is of interest where a rule is left that fits in all of them.
//!
//! What a table cannot hold is left open: names and filters are judged by the matcher alone. So a flow that no rule is left for can make no recipe
//! fire, and one that is of interest need not.

use std::{
    collections::BTreeMap,
    net::{IpAddr, Ipv6Addr},
};

use ipnet::IpNet;

use crate::{
    event::{Flag, FlagSet, Protocol},
    recipe::{Mechanism, PeerCondition, Recipe},
};

/// Rules that have a bit of their own; what more there are share the last one.
const RULES: usize = u64::BITS as usize;

/// The most prefixes that the tables hold. Rules that would take more match any address.
pub const PREFIXES: usize = 128 << 10;

/// What a reaction that looks at the flows of its process has somewhere in its source.
const BACKGROUND: [&str; 3] = ["background", "flow", "NetBlock"];

/// Rules as bits.
pub type Rules = u64;

/// The tables; see the [module](self).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct FlowInterest {
    /// By [`Protocol`].
    pub protocols: [Rules; 3],
    /// By [`Flag`]: the rules that an event with this flag may make fire.
    pub flags: [Rules; 9],
    /// The local end, and the remote one.
    pub ends: [EndInterest; 2],
    /// Whether a reaction of any recipe looks at the flows of its process, whether recipes match them or not.
    pub background: bool,
}

/// What the rules want of one end.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct EndInterest {
    /// Rules that fit every port.
    pub any_port: Rules,
    /// Rules that name this port.
    pub ports: BTreeMap<u16, Rules>,
    /// Rules that fit every address.
    pub any_address: Rules,
    /// By prefix: an address and how many of its 128 bits count, one of version 4 as version 6 writes it (RFC 4291, 2.5.5.2). The longest prefix of an
    /// address has the rules of the shorter ones too.
    pub addresses: BTreeMap<(Ipv6Addr, u8), Rules>,
}

/// What one recipe or more want.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Rule {
    protocols: u8,
    flags: FlagSet,
    ends: [EndRule; 2],
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct EndRule {
    /// 0: any.
    port: u16,
    /// `None`: any.
    addresses: Option<Vec<(Ipv6Addr, u8)>>,
}

impl FlowInterest {
    /// What these recipes want.
    #[must_use]
    pub fn of(recipes: &[&Recipe]) -> FlowInterest {
        let enabled = || recipes.iter().copied().filter(|recipe| recipe.enabled);
        let mut rules: Vec<Rule> = Vec::new();
        for rule in enabled().filter_map(Rule::of) {
            if !rules.contains(&rule) {
                rules.push(rule);
            }
        }
        if rules.len() > RULES {
            let rest = rules.split_off(RULES - 1);
            rules.extend(rest.into_iter().reduce(Rule::or));
        }
        open_largest(&mut rules);
        let mut interest =
            FlowInterest { background: enabled().any(looks), ..FlowInterest::default() };
        for (bit, rule) in rules.iter().enumerate() {
            interest.add(1 << bit, rule);
        }
        for end in &mut interest.ends {
            end.inherit();
        }
        interest
    }

    /// Everything.
    #[must_use]
    pub fn everything() -> FlowInterest {
        let mut interest = FlowInterest { background: true, ..FlowInterest::default() };
        interest.add(1, &Rule::any());
        interest
    }

    /// Whether no flow need be looked at.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        !self.background && self.protocols == [0; 3]
    }

    fn add(&mut self, bit: Rules, rule: &Rule) {
        for protocol in Protocol::ALL {
            if rule.protocols & 1 << *protocol as u8 != 0 {
                self.protocols[*protocol as usize] |= bit;
            }
        }
        for flag in rule.flags.iter() {
            self.flags[flag as usize] |= bit;
        }
        for (end, want) in self.ends.iter_mut().zip(&rule.ends) {
            match want.port {
                0 => end.any_port |= bit,
                port => *end.ports.entry(port).or_default() |= bit,
            }
            match &want.addresses {
                None => end.any_address |= bit,
                Some(prefixes) => {
                    prefixes
                        .iter()
                        .for_each(|prefix| *end.addresses.entry(*prefix).or_default() |= bit);
                }
            }
        }
    }

    /// Whether a flow could make a recipe fire by an event with these flags: the same question that the kernel's program answers.
    #[must_use]
    pub fn wants(&self, protocol: Protocol, flags: FlagSet, ends: [(IpAddr, u16); 2]) -> bool {
        let by_flag = flags.iter().fold(0, |rules, flag| rules | self.flags[flag as usize]);
        let fit = by_flag & self.protocols[protocol as usize];
        self.ends
            .iter()
            .zip(ends)
            .fold(fit, |fit, (want, (address, port))| fit & want.fit(address, port))
            != 0
    }
}

impl EndInterest {
    fn fit(&self, address: IpAddr, port: u16) -> Rules {
        let address = u128::from(mapped(address));
        let prefix = |bits: u8| self.addresses.get(&(masked(address, bits), bits));
        let longest = (0..=128).rev().find_map(prefix).copied().unwrap_or_default();
        let by_port = self.ports.get(&port).copied().unwrap_or_default();
        (self.any_port | by_port) & (self.any_address | longest)
    }

    /// Gives each prefix the rules of those that it lies in.
    fn inherit(&mut self) {
        let mut above: Vec<((Ipv6Addr, u8), Rules)> = Vec::new();
        // In the order of addresses, a prefix comes before what lies in it.
        for (prefix, rules) in &mut self.addresses {
            while above.last().is_some_and(|(outer, _)| !contains(*outer, *prefix)) {
                above.pop();
            }
            if let Some((_, outer)) = above.last() {
                *rules |= outer;
            }
            above.push((*prefix, *rules));
        }
    }
}

impl Rule {
    /// What a recipe wants; `None` where no flow can match it.
    fn of(recipe: &Recipe) -> Option<Rule> {
        let flow = &recipe.flow;
        if recipe.mechanism != Mechanism::NetworkPeers || flow.excluded_created {
            return None;
        }
        let protocols = match &flow.protocols[..] {
            [] => Protocol::ALL,
            named => named,
        };
        // `created` holds for every flow, so any event may be what brings it.
        let named = if flow.created || flow.flags.is_empty() {
            Flag::ALL.iter().copied().collect()
        } else {
            flow.flags
        };
        Some(Rule {
            protocols: protocols.iter().fold(0, |bits, protocol| bits | 1 << *protocol as u8),
            flags: named,
            ends: [&flow.local, &flow.remote].map(EndRule::of),
        })
    }

    fn any() -> Rule {
        let end = || EndRule { port: 0, addresses: None };
        Rule { protocols: 7, flags: Flag::ALL.iter().copied().collect(), ends: [end(), end()] }
    }

    /// What fits either, and more.
    fn or(self, other: Rule) -> Rule {
        Rule {
            protocols: self.protocols | other.protocols,
            flags: self.flags.iter().chain(other.flags.iter()).collect(),
            ..Rule::any()
        }
    }
}

impl EndRule {
    fn of(condition: &PeerCondition) -> EndRule {
        let nets = || condition.cidrs.iter().chain(&condition.ips);
        EndRule {
            port: condition.port,
            addresses: (nets().next().is_some()).then(|| nets().map(|net| prefix(*net)).collect()),
        }
    }
}

/// Makes the rules with the most prefixes match any address, until the rest have room.
fn open_largest(rules: &mut [Rule]) {
    let size = |end: &EndRule| end.addresses.as_ref().map_or(0, Vec::len);
    loop {
        let ends = || rules.iter().flat_map(|rule| &rule.ends);
        if ends().map(size).sum::<usize>() <= PREFIXES {
            return;
        }
        let largest = rules.iter_mut().flat_map(|rule| &mut rule.ends).max_by_key(|end| size(end));
        if let Some(end) = largest {
            end.addresses = None;
        }
    }
}

/// Whether a reaction of the recipe may look at the flows of its process. A shell reaction reads the whole event.
fn looks(recipe: &Recipe) -> bool {
    recipe.reactions.iter().any(|reaction| {
        let text = &reaction.source.text;
        reaction.format == "shell" || BACKGROUND.iter().any(|word| text.contains(word))
    })
}

fn mapped(address: IpAddr) -> Ipv6Addr {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    }
}

fn prefix(net: IpNet) -> (Ipv6Addr, u8) {
    let shorter = if net.addr().is_ipv4() { 96 } else { 0 };
    let bits = net.prefix_len() + shorter;
    (masked(mapped(net.addr()).into(), bits), bits)
}

fn masked(address: u128, bits: u8) -> Ipv6Addr {
    let mask = u128::MAX.checked_shl(128 - u32::from(bits)).unwrap_or_default();
    Ipv6Addr::from(address & mask)
}

fn contains((outer, bits): (Ipv6Addr, u8), (inner, inner_bits): (Ipv6Addr, u8)) -> bool {
    bits <= inner_bits && masked(inner.into(), bits) == outer
}
