//! Which recipes want an address.

use std::net::IpAddr;

use ipnet::{IpNet, Ipv4Net, Ipv6Net};
use prefix_trie::PrefixMap;

use super::RuleId;

/// The CIDRs that all recipes give for one end of a flow.
#[derive(Debug, Default)]
pub(super) struct AddressIndex {
    v4: PrefixMap<Ipv4Net, Vec<RuleId>>,
    v6: PrefixMap<Ipv6Net, Vec<RuleId>>,
}

impl AddressIndex {
    /// Adds a CIDR of a rule.
    pub(super) fn add(&mut self, rule: RuleId, cidr: IpNet) {
        let rules = match canonical(cidr) {
            IpNet::V4(cidr) => self.v4.entry(cidr).or_default(),
            IpNet::V6(cidr) => self.v6.entry(cidr).or_default(),
        };
        if rules.last() != Some(&rule) {
            rules.push(rule);
        }
    }

    /// Adds the rules that want this address.
    pub(super) fn find(&self, address: IpAddr, found: &mut Vec<RuleId>) {
        match address.to_canonical() {
            IpAddr::V4(address) => {
                self.v4.cover_values(&address.into()).for_each(|rules| found.extend(rules));
            }
            IpAddr::V6(address) => {
                self.v6.cover_values(&address.into()).for_each(|rules| found.extend(rules));
            }
        }
    }
}

/// The CIDR without host bits; one of v4-mapped addresses as the v4 one that it is.
pub(super) fn canonical(cidr: IpNet) -> IpNet {
    /// `::ffff:0:0/96` (RFC 4291, 2.5.5.2).
    const MAPPED: u8 = 96;
    if let IpNet::V6(v6) = cidr
        && v6.prefix_len() >= MAPPED
        && let Some(address) = v6.addr().to_ipv4_mapped()
        && let Ok(v4) = Ipv4Net::new(address, v6.prefix_len() - MAPPED)
    {
        return IpNet::V4(v4.trunc());
    }
    cidr.trunc()
}

/// Whether the CIDR, in canonical form, holds the address.
pub(super) fn contains(cidr: IpNet, address: IpAddr) -> bool {
    cidr.contains(&address.to_canonical())
}
