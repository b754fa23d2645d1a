//! Addresses and networks: reading them, and which are never blocked.

use std::{collections::BTreeSet, net::IpAddr, sync::LazyLock};

use ipnet::{IpNet, Ipv4Net};

use crate::{protect::Protect, texts};

/// Networks that are never blocked, by the reason (RFC 6890; RFC 1112 and 4291 for multicast). A network is refused where it shares an address
/// with one of these.
static NEVER: LazyLock<Vec<(IpNet, &str)>> = LazyLock::new(|| {
    let read = |(net, reason): (&str, _)| Some((net.parse().ok()?, reason));
    NETWORKS.into_iter().filter_map(read).collect()
});

const NETWORKS: [(&str, &str); 7] = [
    ("127.0.0.0/8", "loopback"),
    ("::1/128", "loopback"),
    ("0.0.0.0/32", "the unspecified address"),
    ("::/128", "the unspecified address"),
    ("224.0.0.0/4", "multicast"),
    ("ff00::/8", "multicast"),
    ("::ffff:0:0/96", "all IPv4 addresses, mapped into IPv6"),
];

/// Reads an address or a CIDR, clears the host bits, and takes an IPv4 address that is mapped into IPv6 as IPv4.
pub(crate) fn parse_net(text: &str) -> Result<IpNet, String> {
    let invalid = || format!("`{}` is no address or CIDR", texts::shown(text));
    let net = match text.parse::<IpAddr>() {
        Ok(address) => IpNet::from(address),
        Err(_) => text.parse::<IpNet>().map_err(|_| invalid())?.trunc(),
    };
    let IpNet::V6(v6) = net else { return Ok(net) };
    match (v6.addr().to_ipv4_mapped(), v6.prefix_len().checked_sub(96)) {
        (Some(address), Some(prefix)) => {
            Ipv4Net::new(address, prefix).map(IpNet::V4).map_err(|_| invalid())
        }
        _ => Ok(net),
    }
}

/// Addresses that are the host's own, ordered so that judging a network does not look at all of them.
#[derive(Debug, Default)]
pub(crate) struct Own {
    nets: BTreeSet<IpNet>,
    /// Their prefix lengths, of both families.
    lengths: BTreeSet<u8>,
}

impl<'a> FromIterator<&'a str> for Own {
    /// Those of the texts that are addresses or networks.
    fn from_iter<T: IntoIterator<Item = &'a str>>(texts: T) -> Own {
        Own::new(texts.into_iter().filter_map(|text| parse_net(text).ok()).collect())
    }
}

impl Own {
    /// These addresses.
    pub(crate) fn new(nets: BTreeSet<IpNet>) -> Own {
        let lengths = nets.iter().map(IpNet::prefix_len).collect();
        Own { nets, lengths }
    }

    /// The first of them that shares an address with a network: it lies within, or it is one of those that are wider.
    pub(crate) fn sharing(&self, net: &IpNet) -> Option<&IpNet> {
        let first = IpNet::new(net.network(), 0).ok()?;
        let last = IpNet::new(net.broadcast(), net.max_prefix_len()).ok()?;
        let wider = |length: &u8| Some(IpNet::new(net.network(), *length).ok()?.trunc());
        let mut wider = self.lengths.range(..net.prefix_len()).rev().filter_map(wider);
        self.nets.range(first..=last).next().or_else(|| wider.find_map(|w| self.nets.get(&w)))
    }
}

/// Why a network is never blocked, if so.
pub(crate) fn refused(net: &IpNet, own: &Own, protect: &Protect) -> Option<String> {
    let shares = |other: &IpNet| net.contains(other) || other.contains(net);
    let never = NEVER.iter().find(|(never, _)| shares(never));
    if let Some((never, reason)) = never {
        let (is, single) = (net.prefix_len() == net.max_prefix_len(), *reason);
        return Some(if is { single.to_owned() } else { format!("it covers {never}, {reason}") });
    }
    if let Some(own) = own.sharing(net) {
        return Some(format!("{} is the host's own address", own.addr()));
    }
    protect.overlapping(net).map(|held| format!("{held} is protected"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn why(text: &str) -> Option<String> {
        let own = ["10.0.0.5", "2001:db8::5", "198.51.100.0/25", "none"].into_iter().collect();
        let mut protect = Protect::default();
        protect.add("192.0.2.0/24".parse().unwrap());
        refused(&parse_net(text).unwrap(), &own, &protect)
    }

    #[test]
    fn addresses_are_read_in_both_families() {
        let read = |text: &str| parse_net(text).map(|net| net.to_string());
        assert_eq!(read("203.0.113.7"), Ok("203.0.113.7/32".into()));
        assert_eq!(read("203.0.113.7/24"), Ok("203.0.113.0/24".into()));
        assert_eq!(read("::ffff:203.0.113.7"), Ok("203.0.113.7/32".into()));
        assert_eq!(read("::ffff:203.0.113.7/120"), Ok("203.0.113.0/24".into()));
        assert_eq!(read("2001:DB8::1"), Ok("2001:db8::1/128".into()));
        for text in [
            "",
            " 1.2.3.4",
            "1.2.3",
            "1.2.3.4/33",
            "01.2.3.4",
            "fe80::1%eth0",
            "x",
            "1.2.3.4:80",
            "[::1]",
        ] {
            assert_eq!(read(text), Err(format!("`{text}` is no address or CIDR")));
        }
    }

    #[test]
    fn what_must_stay_reachable_is_refused() {
        for text in [
            "127.0.0.1",
            "127.5.0.0/16",
            "::1",
            "::ffff:127.0.0.1",
            "0.0.0.0",
            "::",
            "224.0.0.1",
            "ff02::1",
        ] {
            assert!(why(text).is_some(), "{text}");
        }
        for text in ["0.0.0.0/0", "::/0", "::/64", "64.0.0.0/2", "::fffe:0:0/95", "::ffff:0:0/96"] {
            assert!(why(text).is_some(), "{text}");
        }
        assert_eq!(why("10.0.0.5"), Some("10.0.0.5 is the host's own address".into()));
        assert_eq!(why("10.0.0.0/8"), Some("10.0.0.5 is the host's own address".into()));
        assert!(why("2001:db8::/32").is_some());
        assert_eq!(why("198.51.100.3"), Some("198.51.100.0 is the host's own address".into()));
        assert!(why("198.51.100.0/24").is_some() && why("198.51.100.0/25").is_some());
        assert_eq!(why("198.51.100.128"), None);
        assert_eq!(why("192.0.2.7"), Some("192.0.2.0/24 is protected".into()));
        assert!(why("192.0.0.0/16").is_some());
        assert_eq!(why("127.0.0.1"), Some("loopback".into()));
        for text in ["10.0.0.6", "203.0.113.0/24", "2001:db9::/32", "169.254.1.1"] {
            assert_eq!(why(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn a_network_is_refused_exactly_where_an_address_in_it_could_be(address in any::<u32>(), prefix in 0..=32_u8) {
            let net = Ipv4Net::new(address.into(), prefix).unwrap().trunc();
            let (low, high) = (u32::from(net.network()), u32::from(net.broadcast()));
            let never = [(0x7f00_0000, 0x7fff_ffff), (0, 0), (0xe000_0000, 0xefff_ffff), (0x0a00_0005, 0x0a00_0005), (0xc000_0200, 0xc000_02ff), (0xc633_6400, 0xc633_647f)];
            let expected = never.iter().any(|(from, to)| low <= *to && *from <= high);
            prop_assert_eq!(why(&net.to_string()).is_some(), expected);
        }

        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            let _ = parse_net(&text);
        }
    }
}
