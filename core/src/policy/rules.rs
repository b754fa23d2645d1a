//! The rules by what they are about.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use prefix_trie::PrefixMap;
use rustc_hash::FxHashMap;

use super::{Rule, Subject};

/// A rule's place among all.
type Index = usize;

/// The rules of a policy. Each subject has one.
#[derive(Debug, Clone, Default)]
pub(super) struct Rules {
    all: Vec<Rule>,
    v4: PrefixMap<Ipv4Net, Index>,
    v6: PrefixMap<Ipv6Net, Index>,
    domains: FxHashMap<Box<str>, Index>,
    /// The longest domain, in bytes: nothing longer need be looked up, however long a hostile name is.
    longest: usize,
}

impl Rules {
    pub(super) fn all(&self) -> &[Rule] {
        &self.all
    }

    /// Adds a rule, or gives the one that its subject has already.
    pub(super) fn add(&mut self, rule: Rule) -> Option<&Rule> {
        let next = self.all.len();
        let index = match &rule.subject {
            Subject::Cidr(IpNet::V4(net)) => *self.v4.entry(*net).or_insert(next),
            Subject::Cidr(IpNet::V6(net)) => *self.v6.entry(*net).or_insert(next),
            Subject::Domain(name) => {
                self.longest = self.longest.max(name.len());
                *self.domains.entry(name.clone()).or_insert(next)
            }
        };
        if index == next {
            self.all.push(rule);
            return None;
        }
        self.all.get(index)
    }

    /// The rule with the longest prefix that covers an address, and whether it is for this address alone.
    pub(super) fn address(&self, address: IpAddr) -> Option<(&Rule, bool)> {
        let (index, alone) = match address.to_canonical() {
            IpAddr::V4(address) => {
                let (net, index) = self.v4.get_lpm(&address.into())?;
                (*index, net.prefix_len() == 32)
            }
            IpAddr::V6(address) => {
                let (net, index) = self.v6.get_lpm(&address.into())?;
                (*index, net.prefix_len() == 128)
            }
        };
        Some((self.all.get(index)?, alone))
    }

    /// The rule of the longest domain that a name is or lies below; the name is in lower case, without a dot at the end.
    pub(super) fn name(&self, name: &str) -> Option<&Rule> {
        // Above what is too long lie shorter names.
        let fits = |name: &str| name.len() <= self.longest;
        let whole = Some(name).filter(|name| fits(name));
        let above =
            name.match_indices('.').map(|(at, _)| &name[at + 1..]).filter(|name| fits(name));
        let index = whole.into_iter().chain(above).find_map(|name| self.domains.get(name))?;
        self.all.get(*index)
    }
}
